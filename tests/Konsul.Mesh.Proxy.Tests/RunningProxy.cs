using System.Text;
using System.Text.Json.Nodes;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Proxy.Tests;

/// <summary>konsul-proxy in this process, from its arguments to its exit code.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private readonly MemoryStream _error = new();
    private readonly MemoryStream _out = new();
    private readonly string _portsFile = Path.GetTempFileName();
    private readonly HttpClient _http = new();

    private RunningProxy(string[] arguments)
    {
        File.Delete(_portsFile);
        var environment = new ProcessEnvironment(
            [.. arguments, "--ports-file", _portsFile], new Dictionary<string, string>(), Stream.Synchronized(_out), Stream.Synchronized(_error));
        Exit = ProxyProgram.RunAsync(environment);
    }

    public Task<int> Exit { get; }

    public string Log => Encoding.UTF8.GetString(_error.ToArray());

    /// <summary>A sidecar with every listener on a free port.</summary>
    public static async Task<RunningProxy> StartAsync(params string[] arguments)
    {
        var proxy = new RunningProxy(
            ["sidecar", "--admin-addr", "127.0.0.1:0", "--agent-addr", "127.0.0.1:0", "--outbound-addr", "127.0.0.1:0", .. arguments]);
        await Eventually.TrueAsync(() => proxy.Exit.IsCompleted || File.Exists(proxy._portsFile), () => proxy.Log);
        return proxy;
    }

    /// <summary>Runs to the end: for wrong usage.</summary>
    public static async Task<(int Exit, string Error)> RunAsync(params string[] arguments)
    {
        await using var proxy = new RunningProxy(arguments);
        return (await proxy.Exit.WaitAsync(TimeSpan.FromSeconds(30)), proxy.Log);
    }

    public int? Port(string name) => (int?)JsonNode.Parse(File.ReadAllText(_portsFile))?[name];

    public Task<HttpResponseMessage> AdminAsync(string path) => _http.GetAsync($"http://127.0.0.1:{Port("admin")}{path}");

    public async Task<JsonNode> AdminJsonAsync(string path) => JsonNode.Parse(await (await AdminAsync(path)).Content.ReadAsStringAsync())!;

    public Uri Agent(string rawTarget) => new(
        $"http://127.0.0.1:{Port("agent")}{rawTarget}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    public Task<HttpResponseMessage> AgentAsync(HttpMethod method, string rawTarget, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, Agent(rawTarget)) { Content = body };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task ReadyAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var answer = await AdminAsync("/ready");
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            Assert.True(
                TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30) && !Exit.IsCompleted,
                await answer.Content.ReadAsStringAsync() + Log);
            await Task.Delay(20);
        }
    }

    public async Task<int> StopAsync()
    {
        using var answer = await _http.PostAsync($"http://127.0.0.1:{Port("admin")}/drain", null);
        return await Exit.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        if (!Exit.IsCompleted)
        {
            await StopAsync();
        }

        _http.Dispose();
        File.Delete(_portsFile);
    }
}
