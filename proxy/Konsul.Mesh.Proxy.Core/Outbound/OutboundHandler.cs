using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Proxy.Core.Authorization;
using Konsul.Mesh.Proxy.Core.Connections;
using Konsul.Mesh.Proxy.Core.Http;
using Konsul.Mesh.Proxy.Core.Identity;
using Konsul.Mesh.Proxy.Core.Listeners;
using Konsul.Mesh.Proxy.Core.Tcp;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>Connections of the local app: to the HTTP engine, or byte by byte to an endpoint.</summary>
internal sealed class OutboundHandler(EngineContext engine, HttpEngine http) : IConnectionHandler
{
    private readonly OpenRelays _relays = new();
    private long _lastId;

    public int OpenTcp => _relays.Count;

    public async Task HandleAsync(ListenerState listener, Socket socket)
    {
        var model = listener.Model;
        var stream = new NetworkStream(socket, ownsSocket: false);
        await using var owned = stream.ConfigureAwait(false);
        switch (await ProtocolOfAsync(model, socket, stream).ConfigureAwait(false))
        {
            case DetectedProtocol.Http1:
                await ServeHttpAsync(listener, socket, stream, isHttp2: false).ConfigureAwait(false);
                break;
            case DetectedProtocol.Http2:
                await ServeHttpAsync(listener, socket, stream, isHttp2: true).ConfigureAwait(false);
                break;
            default:
                if (model.Cluster is { } cluster)
                {
                    using var entry = _relays.Enter(socket);
                    await RelayAsync(cluster, stream).ConfigureAwait(false);
                }

                break;
        }
    }

    public void AbortTcp() => _relays.AbortAll();

    private async ValueTask<DetectedProtocol> ProtocolOfAsync(ListenerModel model, Socket socket, NetworkStream stream)
    {
        var declared = model.Protocol == ServiceProtocol.Auto && model.Cluster is { } cluster ? cluster.Model.Config.Protocol : model.Protocol;
        switch (declared)
        {
            case ServiceProtocol.Tcp:
                return DetectedProtocol.Unknown;
            case ServiceProtocol.Auto:
                return await ProtocolDetector.DetectAsync(socket, stream, engine.Options.DetectionTimeout, engine.Time).ConfigureAwait(false);
            default:
                // Whatever is not HTTP/2 goes to the HTTP/1.1 parser: it answers garbage with 400.
                var found = await ProtocolDetector.DetectAsync(socket, stream, engine.Options.ClientKeepAlive, engine.Time).ConfigureAwait(false);
                return found == DetectedProtocol.Http2 ? found : DetectedProtocol.Http1;
        }
    }

    private async Task ServeHttpAsync(ListenerState listener, Socket socket, NetworkStream stream, bool isHttp2)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"out-{Interlocked.Increment(ref _lastId)}");
        var connection = new StreamConnection(socket, stream, id, isHttp2);
        connection.Features.Set(new ConnectionState(listener, connection.RemoteEndPoint, isHttp: true, connection.Abort));
        await http.ServeAsync(connection, isHttp2).ConfigureAwait(false);
    }

    private async Task RelayAsync(ClusterState cluster, NetworkStream client)
    {
        var traffic = cluster.Traffic.Tcp;
        traffic.Opened();
        var flag = ResponseFlag.UF;
        try
        {
            var (endpoint, upstream, noEndpoint) = await DialAsync(cluster).ConfigureAwait(false);
            if (endpoint is null || upstream is null)
            {
                flag = noEndpoint;
                return;
            }

            flag = ResponseFlag.None;
            await using var owned = upstream.ConfigureAwait(false);
            cluster.Upstream.Active.Add(1);
            try
            {
                await TcpRelay.BetweenAsync(client, upstream, traffic, default).ConfigureAwait(false);
            }
            finally
            {
                cluster.Upstream.Active.Add(-1);
                endpoint.Load.End();
            }
        }
        finally
        {
            traffic.Closed(flag);
        }
    }

    /// <summary>Tries different endpoints until one takes the connection. Its load is begun for the caller.</summary>
    private async Task<(EndpointState? Endpoint, SslStream? Stream, ResponseFlag Flag)> DialAsync(ClusterState cluster)
    {
        if (engine.Identity.Current is not { } credentials)
        {
            return (null, null, ResponseFlag.NI);
        }

        var model = cluster.Model;
        var tried = new int[engine.Options.MaxAttempts];
        var flag = ResponseFlag.UH;
        for (var attempt = 0; attempt < tried.Length; attempt++)
        {
            var picked = cluster.Pick(model, tried.AsSpan(0, attempt));
            if (picked < 0)
            {
                break;
            }

            tried[attempt] = picked;
            var endpoint = model.Endpoints[picked];
            endpoint.Load.Begin();
            var start = engine.Time.GetTimestamp();
            try
            {
                var stream = await endpoint.DialAsync(credentials, TlsRules.KonsulTcp, default).ConfigureAwait(false);
                var now = engine.Time.GetTimestamp();

                // For TCP the time to connect is the only latency there is.
                endpoint.Load.Answered(now - start, now);
                return (endpoint, stream, ResponseFlag.None);
            }
            catch (DialException e)
            {
                endpoint.Load.End();
                flag = ResponseFlag.UF;
                engine.Log.LogDebug("{Cluster}: {Reason}", model.Config.Name, e.Message);
            }
        }

        return (null, null, flag);
    }
}
