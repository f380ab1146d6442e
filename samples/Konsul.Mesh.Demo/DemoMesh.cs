using System.Globalization;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Demo;

/// <summary>The programs of the demo: one server, two api, one web, a sidecar for each.</summary>
internal sealed class DemoMesh : IAsyncDisposable
{
    private readonly MeshHarness _mesh;

    private DemoMesh(MeshHarness mesh, int apiUpstreamPort, int redisUpstreamPort, int webPort)
    {
        (_mesh, ApiUpstreamPort, RedisUpstreamPort) = (mesh, apiUpstreamPort, redisUpstreamPort);
        Web = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{webPort}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>The local port on which web's sidecar offers api.</summary>
    public int ApiUpstreamPort { get; }

    public int RedisUpstreamPort { get; }

    /// <summary>Calls the web app.</summary>
    public HttpClient Web { get; }

    public ServerProcess Server => _mesh.Server;

    public IReadOnlyDictionary<string, SidecarProcess> Sidecars => _mesh.Sidecars;

    public string Folder => _mesh.Folder;

    public static async Task<DemoMesh> StartAsync(CancellationToken cancellation)
    {
        var webPort = FreePorts.Next();
        var demo = new DemoMesh(await MeshHarness.StartAsync(), FreePorts.Next(), FreePorts.Next(), webPort);
        try
        {
            await demo.StartApiAsync("api-1");
            await demo.StartApiAsync("api-2");
            demo.Keep(StartApp("Konsul.Samples.Web", "web", webPort, "--api", $"http://127.0.0.1:{demo.ApiUpstreamPort}"));
            await demo.AddSidecarAsync(
                "web", "web", webPort, "--protocol", "http",
                "--upstream", $"api:{demo.ApiUpstreamPort}", "--upstream", $"redis:{demo.RedisUpstreamPort}");
            await Eventually.HoldsAsync(
                "web reaches api through the mesh",
                async () =>
                {
                    using var answer = await demo.Web.GetAsync("/", cancellation);
                    return answer.IsSuccessStatusCode ? null : $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellation)}";
                },
                cancellation: cancellation);
            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more instance of api with its sidecar, and returns when the sidecar is ready.</summary>
    public async Task StartApiAsync(string name)
    {
        var port = FreePorts.Next();
        Keep(StartApp("Konsul.Samples.Api", name, port));
        await AddSidecarAsync(name, "api", port, "--protocol", "http");
    }

    public Task<SidecarProcess> AddSidecarAsync(string id, string service, int port, params string[] options) =>
        _mesh.AddSidecarAsync(id, service, port, options);

    public T Keep<T>(T started)
        where T : IAsyncDisposable => _mesh.Keep(started);

    public async ValueTask DisposeAsync()
    {
        Web.Dispose();
        await _mesh.DisposeAsync();
    }

    private static ProgramProcess StartApp(string project, string name, int port, params string[] options)
    {
        var assembly = Path.Combine(Programs.Root, "artifacts", "bin", project, "release", project + ".dll");
        return ProgramProcess.Start(
            name, "dotnet", [assembly, "--name", name, "--port", port.ToString(CultureInfo.InvariantCulture), .. options]);
    }
}
