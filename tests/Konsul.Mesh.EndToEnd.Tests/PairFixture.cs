using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>One server, two instances of api and a caller named web, each behind its own sidecar process; a TCP service "echo" as well.</summary>
public sealed class PairFixture : IAsyncLifetime
{
    public MeshHarness Mesh { get; private set; } = null!;

    public int ApiPort { get; } = FreePorts.Next();

    public int EchoPort { get; } = FreePorts.Next();

    public int NobodyPort { get; } = FreePorts.Next();

    /// <summary>Calls api as the app web would: through the local port of web's sidecar.</summary>
    public HttpClient Api { get; private set; } = null!;

    public TcpEcho Echo { get; } = new();

    public async ValueTask InitializeAsync()
    {
        Mesh = await MeshHarness.StartAsync();
        foreach (var name in new[] { "api-1", "api-2" })
        {
            var app = Mesh.Keep(await EchoApp.StartAsync(name));
            await Mesh.AddSidecarAsync(name, "api", app.Port, "--protocol", "http");
        }

        await Mesh.AddSidecarAsync("echo-1", "echo", Echo.Port, "--protocol", "tcp");
        await Mesh.AddSidecarAsync(
            "web-1", "web", Mesh.Keep(await FakeApp.SayingAsync("web")).Port,
            "--upstream", $"api:{ApiPort}", "--upstream", $"echo:{EchoPort}", "--upstream", $"nobody:{NobodyPort}");
        Api = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ApiPort}") };
        await Eventually.HoldsAsync("both instances of api answer", async () =>
        {
            var seen = new HashSet<string>();
            for (var i = 0; i < 20; i++)
            {
                seen.Add(await Api.GetStringAsync("/"));
            }

            return seen.Count == 2;
        });
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        await Echo.DisposeAsync();
        if (Mesh is not null)
        {
            await Mesh.DisposeAsync();
        }
    }
}
