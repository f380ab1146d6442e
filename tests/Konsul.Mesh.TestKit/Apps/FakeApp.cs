using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.TestKit.Apps;

/// <summary>An app that knows nothing of the mesh, on a free loopback port, with the handler that a test gives it.</summary>
public sealed class FakeApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeApp(WebApplication app)
    {
        _app = app;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(address).Port;
    }

    public int Port { get; }

    /// <param name="handle">Answers every request.</param>
    /// <param name="protocols">HTTP/1.1 unless said otherwise; Http2 means h2c by prior knowledge.</param>
    /// <param name="port">0 asks for a free one.</param>
    /// <param name="address">Default: 127.0.0.1.</param>
    public static async Task<FakeApp> StartAsync(
        RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1, int port = 0, System.Net.IPAddress? address = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(address ?? System.Net.IPAddress.Loopback, port, listen => listen.Protocols = protocols);
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(handle);
        await app.StartAsync().ConfigureAwait(false);
        return new FakeApp(app);
    }

    /// <summary>Answers every request with <paramref name="text"/>.</summary>
    public static Task<FakeApp> SayingAsync(string text, int port = 0, System.Net.IPAddress? address = null) =>
        StartAsync(context => context.Response.WriteAsync(text), port: port, address: address);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync().ConfigureAwait(false);
        await _app.StopAsync(now.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
