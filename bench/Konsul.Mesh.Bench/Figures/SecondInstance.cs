using System.Text.Json.Nodes;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Figures;

/// <summary>One more instance of <c>api</c>, in the catalog by hand, so that it can be taken out and put back while its sidecar runs.</summary>
internal sealed class SecondInstance : IAsyncDisposable
{
    private const string Text = "Hello from the second instance !!\n";

    private readonly string _id;
    private readonly int _port = FreePort.Next();
    private readonly int _inbound = FreePort.Next();
    private ChildProcess? _app;
    private KonsulSidecar? _sidecar;

    private SecondInstance(string id) => _id = id;

    public static async Task<SecondInstance> StartAsync(string id, string bin, PairSetup setup, KonsulServer server, CancellationToken cancel)
    {
        var instance = new SecondInstance(id);
        try
        {
            instance._app = NginxPair.Start("second", Path.Combine(setup.Folder, "second"),
                $$"""    server { listen 127.0.0.1:{{instance._port}}; location / { return 200 "{{Text.TrimEnd()}}\n"; } }""");
            await Http.WaitForAsync(instance._app, new Uri($"http://127.0.0.1:{instance._port}/"), TimeSpan.FromSeconds(10), setup.Time, cancel);
            await instance.RegisterAsync(server, cancel);
            instance._sidecar = await KonsulSidecar.StartAsync(bin, setup.Folder, id, server,
                ["--sidecar-for", id, "--inbound-addr", $"127.0.0.1:{instance._inbound}"], setup.Time, cancel);
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    public bool Answered(string body) => body == Text;

    public Task RegisterAsync(KonsulServer server, CancellationToken cancel) => server.PutAsync("agent/service/register", new JsonObject
    {
        ["ID"] = _id,
        ["Name"] = "api",
        ["Address"] = "127.0.0.1",
        ["Port"] = _port,
        ["Connect"] = new JsonObject
        {
            ["SidecarService"] = new JsonObject
            {
                ["Address"] = "127.0.0.1",
                ["Port"] = _inbound,
                ["Checks"] = new JsonArray(), // else a TCP check of the sidecar's port, which starts critical, would be what is measured
                ["Proxy"] = new JsonObject { ["Config"] = new JsonObject { ["protocol"] = "http" } },
            },
        },
    }, cancel);

    public async ValueTask DisposeAsync()
    {
        if (_sidecar is not null)
        {
            await _sidecar.Process.DisposeAsync();
        }

        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }
}
