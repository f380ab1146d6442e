using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Proxy.Core.Authorization;
using Konsul.Mesh.Proxy.Core.Connections;
using Konsul.Mesh.Proxy.Core.Http;
using Konsul.Mesh.Proxy.Core.Identity;
using Konsul.Mesh.Proxy.Core.Listeners;
using Konsul.Mesh.Proxy.Core.Tcp;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy.Core.Inbound;

/// <summary>Connections of peers: handshake, identity, verdict, then to the HTTP engine or byte by byte to the app.</summary>
internal sealed class InboundHandler : IConnectionHandler, IDisposable
{
    private static readonly List<SslApplicationProtocol> TcpOnly = [TlsRules.KonsulTcp];
    private static readonly List<SslApplicationProtocol> HttpOnly = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private static readonly List<SslApplicationProtocol> Both = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11, TlsRules.KonsulTcp];
    private readonly EngineContext _engine;
    private readonly HttpEngine _http;
    private readonly AppPool _app;
    private readonly SemaphoreSlim _handshakes;
    private readonly ConcurrentDictionary<SpiffeId, TrafficRecorders> _traffic = new();
    private long _lastId;

    public InboundHandler(EngineContext engine, HttpEngine http, AppPool app)
    {
        _engine = engine;
        _http = http;
        _app = app;
        _handshakes = new SemaphoreSlim(engine.Options.MaxConcurrentHandshakes);
    }

    public async Task HandleAsync(ListenerState listener, Socket socket)
    {
        SocketTuning.DetectVanishedPeer(socket, _engine.Options.PeerAckTimeout);
        var (tls, judge) = await HandshakeAsync(listener, socket).ConfigureAwait(false);
        await using var owned = tls.ConfigureAwait(false);
        var own = _engine.Identity.Current?.Identity.Id;
        var isTcp = tls.NegotiatedApplicationProtocol == TlsRules.KonsulTcp;
        var isHttp2 = tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
        var id = string.Create(CultureInfo.InvariantCulture, $"in-{Interlocked.Increment(ref _lastId)}");
        var connection = new StreamConnection(socket, tls, id, isHttp2);
        var peer = judge.Id!;
        var state = new ConnectionState(listener, connection.RemoteEndPoint, !isTcp, connection.Abort)
        {
            Peer = peer,
            PeerLeaf = judge.Leaf,
            PeerOthers = judge.Others,
            PeerExpiry = judge.Leaf!.NotAfter.ToUniversalTime(),
            VerifiedAgainst = judge.Bundle,
            Traffic = TrafficOf(peer, listener.Model),
            ClientCertificateHeader = $"By={own};URI={peer}",
        };
        _engine.Gatekeeper.Admit(state);
        try
        {
            Count(state, listener.Model.Service);
            if (isTcp)
            {
                await RelayAsync(state, tls).ConfigureAwait(false);
            }
            else
            {
                connection.Features.Set(state);
                await _http.ServeAsync(connection, isHttp2).ConfigureAwait(false);
            }
        }
        finally
        {
            _engine.Gatekeeper.Leave(state);
        }
    }

    public void Dispose() => _handshakes.Dispose();

    private async Task<(SslStream Tls, PeerJudge Judge)> HandshakeAsync(ListenerState listener, Socket socket)
    {
        using var limit = new CancellationTokenSource(_engine.Options.HandshakeTimeout, _engine.Time);
        var plain = new NetworkStream(socket, ownsSocket: false);

        // A client that says nothing waits here, without one of the places for handshakes.
        await plain.ReadAsync(Memory<byte>.Empty, limit.Token).ConfigureAwait(false);
        await _handshakes.WaitAsync(limit.Token).ConfigureAwait(false);
        try
        {
            var credentials = _engine.Identity.Current ?? throw new AuthenticationException("There is no certificate yet.");
            var judge = new PeerJudge(credentials.Bundle, SvidUsage.Client, null, _engine.Time);
            var tls = new SslStream(plain, leaveInnerStreamOpen: false);
            try
            {
                var rules = TlsRules.Server(credentials, Protocols(listener.Model), judge.Validate);
                await tls.AuthenticateAsServerAsync(rules, limit.Token).ConfigureAwait(false);
                return judge.Id is not null && tls.NegotiatedApplicationProtocol != default
                    ? (tls, judge)
                    : throw new AuthenticationException("The peer named no protocol.");
            }
            catch (Exception e)
            {
                await tls.DisposeAsync().ConfigureAwait(false);
                if (_engine.Log.IsEnabled(LogLevel.Debug))
                {
                    _engine.Log.LogDebug("Inbound handshake refused: {Reason}", judge.Refusal.Length > 0 ? judge.Refusal : e.Message);
                }

                throw;
            }
        }
        finally
        {
            _handshakes.Release();
        }
    }

    private async Task RelayAsync(ConnectionState state, SslStream tls)
    {
        var traffic = state.Traffic!.Tcp;
        traffic.Opened();
        var flag = ResponseFlag.None;
        try
        {
            if (state.Denied || state.Listener.Model.Inbound is not { } inbound)
            {
                flag = state.Denied ? ResponseFlag.INT : ResponseFlag.NR;
                return;
            }

            flag = ResponseFlag.UF;
            var app = await _app.ConnectAsync(inbound.LocalAddress, inbound.LocalPort, default).ConfigureAwait(false);
            await using var owned = app.ConfigureAwait(false);
            flag = ResponseFlag.None;
            await TcpRelay.BetweenAsync(tls, app, traffic, default).ConfigureAwait(false);
            flag = state.Denied ? ResponseFlag.INT : ResponseFlag.None;
        }
        finally
        {
            traffic.Closed(flag);
        }
    }

    private void Count(ConnectionState state, string destination)
    {
        var decision = state.Decision;
        var source = state.Peer!.Service ?? "";
        (decision.Allowed
            ? _engine.Metrics.Authorization.Allowed(decision.IntentionId, source, destination)
            : _engine.Metrics.Authorization.Denied(decision.IntentionId, source, destination)).Increment();
    }

    /// <summary>Bounded by the services of the mesh: only proven ids come here.</summary>
    private TrafficRecorders TrafficOf(SpiffeId peer, ListenerModel model) => _traffic.GetOrAdd(peer, id => new TrafficRecorders(
        _engine.Metrics,
        new TrafficLabels
        {
            Reporter = Reporter.Destination,
            SourceService = id.Service ?? "",
            SourceNamespace = id.Namespace ?? Konsul.Mesh.Model.Names.DefaultNamespace,
            SourcePrincipal = id.ToString(),
            DestinationService = model.Service,
            Protocol = "",
        },
        model.Protocol));

    private static List<SslApplicationProtocol> Protocols(ListenerModel model) => model.Protocol switch
    {
        ServiceProtocol.Tcp => TcpOnly,
        ServiceProtocol.Auto => Both,
        _ => HttpOnly,
    };
}
