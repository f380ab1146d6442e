using System.Net.Security;
using Konsul.Mesh.Proxy.Core.Http;
using Konsul.Mesh.Proxy.Core.Identity;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>
/// The connection pools to one endpoint under one set of credentials. Counted: its maker holds it until it retires it, each request while it
/// runs; who lets go last disposes. So a renewal closes the old connections only after their last request.
/// </summary>
internal sealed class PeerLink
{
    private readonly EndpointState _endpoint;
    private readonly HttpMessageInvoker[] _streams;
    private readonly HttpMessageInvoker _upgrades;
    private int _references = 1;
    private int _dials;

    public PeerLink(EndpointState endpoint, ProxyEngineOptions options, PeerCredentials credentials)
    {
        _endpoint = endpoint;
        Credentials = credentials;
        _streams = new HttpMessageInvoker[Math.Max(1, options.ConnectionsPerPeer)];
        for (var i = 0; i < _streams.Length; i++)
        {
            _streams[i] = Pools.Http2Invoker(options.PeerIdleTimeout, h => h.ConnectCallback = (_, c) => DialAsync(SslApplicationProtocol.Http2, c));
        }

        _upgrades = Pools.Invoker(options.PeerIdleTimeout, h => h.ConnectCallback = (_, c) => DialAsync(SslApplicationProtocol.Http11, c));
    }

    public PeerCredentials Credentials { get; }

    /// <summary>Connections opened or tried so far. A request during which it grew has waited for a handshake.</summary>
    public int Dials => Volatile.Read(ref _dials);

    /// <summary>For ordinary requests: HTTP/2. Several connections are shared out by core: one core's requests share one of them.</summary>
    public HttpMessageInvoker Streams =>
        _streams.Length == 1 ? _streams[0] : _streams[(int)((uint)Thread.GetCurrentProcessorId() % (uint)_streams.Length)];

    /// <summary>For upgrades: HTTP/1.1, one connection each.</summary>
    public HttpMessageInvoker Upgrades => _upgrades;

    public bool TryHold()
    {
        var seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            foreach (var invoker in _streams)
            {
                invoker.Dispose();
            }

            _upgrades.Dispose();
        }
    }

    private async ValueTask<Stream> DialAsync(SslApplicationProtocol protocol, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _dials);
        return await _endpoint.DialAsync(Credentials, protocol, cancellation).ConfigureAwait(false);
    }
}
