using Konsul.Mesh.Proxy.Core.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>One Kestrel for all listeners, without sockets of its own: connections are handed to it, one of two parsers each.</summary>
internal sealed class HttpEngine : IAsyncDisposable
{
    private readonly VirtualListenerFactory _transport = new();
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private readonly KestrelServer _server;
    private int _stopped;

    public HttpEngine(ProxyEngineOptions options, ILoggerFactory loggers)
    {
        var kestrel = new KestrelServerOptions
        {
            AddServerHeader = false,

            // Foreign HTTP/2 peers name the scheme of the hop (https), our own that of the app (http).
            AllowAlternateSchemes = true,
            AllowSynchronousIO = false,
            ApplicationServices = _services,
            RequestHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1,
            ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1,
        };
        var limits = kestrel.Limits;
        limits.KeepAliveTimeout = options.ClientKeepAlive;
        limits.MaxRequestBodySize = null;
        limits.MaxRequestHeaderCount = options.MaxRequestHeaderCount;
        limits.MaxRequestHeadersTotalSize = options.MaxRequestHeadBytes;
        limits.MaxRequestLineSize = Math.Min(options.MaxRequestHeadBytes, 16 * 1024);

        // Slow clients and servers are the application's affair: streams, long polls.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.RequestHeadersTimeout = options.RequestHeadTimeout;
        limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
        limits.Http2.InitialStreamWindowSize = 1024 * 1024;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(15);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);
        limits.Http2.MaxRequestHeaderFieldSize = Math.Min(options.MaxRequestHeadBytes, 32 * 1024);
        limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;
        kestrel.Listen(VirtualEndPoint.Http1, listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.Listen(VirtualEndPoint.Http2, listen => listen.Protocols = HttpProtocols.Http2);
        _server = new KestrelServer(Options.Create(kestrel), _transport, loggers);
    }

    public Task StartAsync(HttpForwarding application, CancellationToken cancellation) => _server.StartAsync(application, cancellation);

    /// <summary>Completes when the connection is over.</summary>
    public Task ServeAsync(StreamConnection connection, bool isHttp2)
    {
        if ((isHttp2 ? _transport.Http2 : _transport.Http1).TryHand(connection))
        {
            return connection.Done;
        }

        return connection.DisposeAsync().AsTask();
    }

    /// <summary>No new connection, GOAWAY and Connection: close on the open ones; what is left at <paramref name="limit"/> is cut.</summary>
    public Task StopAsync(CancellationToken limit) =>
        Interlocked.Exchange(ref _stopped, 1) == 0 ? _server.StopAsync(limit) : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _server.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
    }
}
