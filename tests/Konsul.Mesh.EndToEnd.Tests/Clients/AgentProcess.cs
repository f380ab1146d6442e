using System.Globalization;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Clients;

/// <summary>Our binary, started by the command line that the test suites of Consul's clients use.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ProgramProcess _process;

    private AgentProcess()
    {
        (HttpPort, ServerPort) = (FreePorts.Next(), FreePorts.Next());
        File.WriteAllText(_folder.File("config.json"), string.Create(CultureInfo.InvariantCulture, $$$"""
            {"primary_datacenter":"dc1","acl":{"enabled":false},"enable_script_checks":true,"performance":{"raft_multiplier":1},
             "ports":{"http":{{{HttpPort}}},"https":-1,"dns":-1,"grpc":-1,"grpc_tls":-1,"server":{{{ServerPort}}},"serf_lan":{{{FreePorts.Next()}}},"serf_wan":{{{FreePorts.Next()}}}}}
            """));
        _process = ProgramProcess.Start("agent", Programs.Server,
        [
            "agent", "-node", "node1", "-datacenter", "dc1", "-bind", "127.0.0.1", "-client=127.0.0.1", "-bootstrap", "-server", "-config-file", _folder.File("config.json"),
            "-data-dir", _folder.File("data"), "-pid-file", PidFile, "-log-level", "info",
        ]);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}") };
    }

    public int HttpPort { get; }

    public int ServerPort { get; }

    public HttpClient Http { get; }

    public ProgramProcess Process => _process;

    public string PidFile => _folder.File("pid");

    public static async Task<AgentProcess> StartAsync()
    {
        var agent = new AgentProcess();
        await Eventually.HoldsAsync("the agent answers as the suites wait for it", async () =>
        {
            agent._process.ThrowIfEnded();
            var leader = await agent.Http.GetStringAsync("/v1/status/leader");
            var serf = await agent.Http.GetStringAsync("/v1/health/node/node1");
            return leader.Length > 2 && serf.Contains("serfHealth", StringComparison.Ordinal);
        });
        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
