using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Konsul.Mesh.Server.Startup;

/// <summary>
/// The two ports: HTTP/1.1 in the clear, and TLS with HTTP/2 (or 1.1) where gRPC and the same HTTP API live, so that a proxy needs one
/// connection for its discovery stream, its certificates and what its local agent API relays.
/// </summary>
internal sealed class ServerListeners : IAsyncDisposable
{
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(30);
    private readonly WebApplication _app;
    private readonly ClosableTransport _transport;
    private readonly ConnectionDrain _clients;
    private readonly CancellationToken _forced;

    private ServerListeners(WebApplication app, ConnectionDrain clients, CancellationToken forced)
    {
        (_app, _clients, _forced) = (app, clients, forced);
        _transport = (ClosableTransport)app.Services.GetRequiredService<IConnectionListenerFactory>();
    }

    public int HttpPort { get; private init; }

    public int GrpcPort { get; private init; }

    public static async Task<ServerListeners> StartAsync(
        ServerSettings settings, ServerParts parts, ServerCertificate certificate, ApiMiddleware api, Wire.V1.Certificates.CertificatesBase certificates,
        Wire.V1.Discovery.DiscoveryBase discovery, ConnectionDrain clients, CancellationToken cancellationToken)
    {
        var builder = BareHost.CreateBuilder(parts.Logging);
        builder.Services.AddSingleton<IConnectionListenerFactory, ClosableTransport>();
        builder.Services.AddSingleton(parts.Time);
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            Limit(kestrel);
            kestrel.Listen(settings.Http.ToEndPoint(), listen =>
            {
                clients.Watch(listen);
                listen.Protocols = HttpProtocols.Http1;
            });
            kestrel.Listen(settings.Grpc.ToEndPoint(), listen =>
            {
                clients.Watch(listen);
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.Handshake()) });
            });
        });

        var app = builder.Build();
        app.Use(ConnectionDrain.InvokeAsync);
        app.UseRouting();
        app.Use((http, next) => http.GetEndpoint() is null || !http.Request.IsHttps ? api.InvokeAsync(http) : next(http));
        app.MapGrpcService(Wire.V1.Certificates.BindService(certificates));
        app.MapGrpcService(Wire.V1.Discovery.BindService(discovery));
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new StartupException(ExitCode.Unavailable, $"cannot listen on {settings.Http} and {settings.Grpc}: {e.Message.TrimEnd('.')}", e);
        }

        var bound = ((IApplicationBuilder)app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).ToList();
        return new ServerListeners(app, clients, parts.Drain.Forced)
        {
            HttpPort = bound.First(a => a.Scheme == Uri.UriSchemeHttp).Port,
            GrpcPort = bound.First(a => a.Scheme == Uri.UriSchemeHttps).Port,
        };
    }

    /// <summary>Takes no client any more, and returns when those that are at work have gone, or time is up.</summary>
    public async Task DrainAsync()
    {
        await _transport.CloseAsync().ConfigureAwait(false);
        try
        {
            await _clients.EmptyAsync(_forced).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The others are cut off.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(_forced).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        var limits = kestrel.Limits;

        // Bodies are counted by the API, which answers with its own text; nothing may be larger than the largest of its limits by much.
        limits.MaxRequestBodySize = 4 * 1024 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.Http2.MaxStreamsPerConnection = 1000;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }
}
