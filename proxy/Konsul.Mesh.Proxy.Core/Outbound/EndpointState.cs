using System.Net.Security;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.Connections;
using Konsul.Mesh.Proxy.Core.Identity;
using Konsul.Mesh.Proxy.Core.LoadBalancing;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>What lives as long as an endpoint keeps its address: its load and its connections.</summary>
internal sealed class EndpointState(
    EngineContext engine, MeshDialer dialer, Endpoint endpoint, PeerTarget target, EndpointLoad load, UpstreamSeries metrics)
{
    private readonly Lock _lock = new();
    private volatile PeerLink? _link;
    private bool _retired;

    public Endpoint Endpoint { get; } = endpoint;

    public PeerTarget Target => target;

    public EndpointLoad Load => load;

    /// <summary>Opens one connection and keeps count of how that went.</summary>
    public async Task<SslStream> DialAsync(PeerCredentials credentials, SslApplicationProtocol protocol, CancellationToken cancellation)
    {
        var start = engine.Time.GetTimestamp();
        try
        {
            var stream = await dialer.DialAsync(target, credentials, protocol, cancellation).ConfigureAwait(false);
            load.ConnectSucceeded();
            metrics.ConnectDuration.Record(engine.Time.GetElapsedTime(start));
            return stream;
        }
        catch (DialException)
        {
            metrics.ConnectFailures.Increment();
            load.ConnectFailed(engine.Time.GetTimestamp(), engine.Random.NextDouble());
            throw;
        }
    }

    /// <summary>Holds the link for one request; the caller releases it.</summary>
    public PeerLink Hold(PeerCredentials credentials)
    {
        while (true)
        {
            var link = _link;
            if (link is null || !ReferenceEquals(link.Credentials, credentials))
            {
                if (Replace(link, credentials, out link))
                {
                    return link;
                }
            }

            if (link.TryHold())
            {
                return link;
            }
        }
    }

    /// <summary>Closes connections made with other credentials as soon as their last request ended.</summary>
    public void RetireStale(PeerCredentials? current)
    {
        lock (_lock)
        {
            if (_link is { } link && !ReferenceEquals(link.Credentials, current))
            {
                _link = null;
                link.Release();
            }
        }
    }

    /// <summary>The endpoint is gone: nothing new is kept, what runs ends by itself.</summary>
    public void Retire()
    {
        lock (_lock)
        {
            _retired = true;
            _link?.Release();
            _link = null;
        }
    }

    /// <returns>True when <paramref name="link"/> is already held for the caller.</returns>
    private bool Replace(PeerLink? seen, PeerCredentials credentials, out PeerLink link)
    {
        lock (_lock)
        {
            if (_link is { } other && !ReferenceEquals(other, seen))
            {
                link = other;
                return false;
            }

            link = new PeerLink(this, engine.Options, credentials);
            if (_retired)
            {
                // A request that picked this endpoint just before it went: the link lives for that request only.
                return true;
            }

            _link?.Release();
            _link = link;
            return false;
        }
    }
}
