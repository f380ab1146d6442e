using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>A program to be checked: answers what it is told, counts, remembers the last headers.</summary>
internal sealed class FakeApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private FakeApp(WebApplication app) => _app = app;

    public volatile int Status = 200;

    public string? Location { get; set; }

    public int Requests => Volatile.Read(ref _requests);

    public IReadOnlyDictionary<string, string> LastHeaders { get; private set; } = new Dictionary<string, string>();

    public int Port { get; private set; }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static async Task<FakeApp> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        var web = builder.Build();
        var app = new FakeApp(web);
        web.Run(app.AnswerAsync);
        await web.StartAsync();
        var address = ((IApplicationBuilder)web).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.First();
        app.Port = new Uri(address).Port;
        return app;
    }

    public async Task UntilAskedAsync(int times)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Requests < times)
        {
            Assert.False(deadline.IsCancellationRequested, $"asked {Requests} times, not {times}");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext http)
    {
        LastHeaders = http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Interlocked.Increment(ref _requests);
        http.Response.StatusCode = Status;
        if (Location is not null)
            http.Response.Headers.Location = Location;
        return Status == 200 ? http.Response.WriteAsync("fine") : Task.CompletedTask;
    }
}
