using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.AppClient;
using Konsul.Mesh.Proxy.Core.Connections;
using Konsul.Mesh.Proxy.Core.Http;

namespace Konsul.Mesh.Proxy.Core.Inbound;

/// <summary>Connections to the local app: HTTP/1.1, or HTTP/2 without TLS where that is what the app speaks.</summary>
internal sealed class AppPool(ProxyEngineOptions options, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private volatile Pair? _current;

    public HttpMessageInvoker Http11(InboundListener inbound) => For(inbound).Http11;

    /// <summary>HTTP/1.1 for requests that ask for another protocol on their connection.</summary>
    public HttpMessageInvoker Upgrades(InboundListener inbound) => For(inbound).Upgrades;

    public HttpMessageInvoker Http2(InboundListener inbound) => For(inbound).Http2;

    /// <exception cref="DialException">Nothing listens there, or it does not answer in time.</exception>
    public async ValueTask<NetworkStream> ConnectAsync(string address, int port, CancellationToken cancellation) =>
        new(await DialAsync(address, port, cancellation).ConfigureAwait(false), ownsSocket: true);

    private async ValueTask<Socket> DialAsync(string address, int port, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(options.LocalConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        EndPoint target = IPAddress.TryParse(address, out var ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(address, port);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            SocketTuning.Apply(socket);
            await socket.ConnectAsync(target, either.Token).ConfigureAwait(false);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new DialException($"The app at {address}:{port} cannot be reached: {(limit.IsCancellationRequested ? "timeout" : e.Message)}", e);
        }
    }

    public void Dispose() => _current?.Dispose();

    private Pair For(InboundListener inbound)
    {
        var pair = _current;
        return pair is not null && pair.Port == inbound.LocalPort && pair.Address == inbound.LocalAddress ? pair : Replace(inbound);
    }

    private Pair Replace(InboundListener inbound)
    {
        lock (_lock)
        {
            if (_current is { } other && other.Port == inbound.LocalPort && other.Address == inbound.LocalAddress)
            {
                return other;
            }

            // The old ones are left to their requests; idle connections close at once, or by their own timeout.
            _current?.Retire();
            return _current = new Pair(inbound.LocalAddress, inbound.LocalPort, this, options, time);
        }
    }

    private sealed class Pair : IDisposable
    {
        private readonly AppHandler _app;

        public Pair(string address, int port, AppPool pool, ProxyEngineOptions options, TimeProvider time)
        {
            (Address, Port) = (address, port);
            _app = new AppHandler(options, c => pool.DialAsync(address, port, c), time);
            Http11 = new HttpMessageInvoker(_app);
            var idle = options.LocalIdleTimeout;
            Upgrades = Pools.Invoker(idle, h => h.ConnectCallback = async (_, c) => await pool.ConnectAsync(address, port, c).ConfigureAwait(false));
            Http2 = Pools.Http2Invoker(idle, h => h.ConnectCallback = async (_, c) => await pool.ConnectAsync(address, port, c).ConfigureAwait(false));
        }

        public string Address { get; }

        public int Port { get; }

        public HttpMessageInvoker Http11 { get; }

        public HttpMessageInvoker Upgrades { get; }

        public HttpMessageInvoker Http2 { get; }

        public void Retire() => _app.Retire();

        public void Dispose()
        {
            Http11.Dispose();
            Upgrades.Dispose();
            Http2.Dispose();
        }
    }
}
