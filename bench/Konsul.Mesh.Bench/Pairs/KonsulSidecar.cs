using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>One <c>konsul-proxy sidecar</c> on free ports, ready when its admin endpoint says so.</summary>
internal sealed record KonsulSidecar(ChildProcess Process, int InboundPort)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task<KonsulSidecar> StartAsync(
        string bin, string folder, string name, KonsulServer server, IEnumerable<string> role, TimeProvider time, CancellationToken cancel)
    {
        const string any = "127.0.0.1:0";
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"{name}-ports.json");
        var ports = new PortsFile(file);
        var process = ChildProcess.Start($"konsul-proxy {name}", Path.Combine(bin, "konsul-proxy"),
            ["sidecar", .. role, "--server", server.Grpc, "--admin-addr", any, "--agent-addr", any,
                "--log-level", "warn", "--cache-dir", Path.Combine(folder, $"{name}-cache"), "--ports-file", file]);
        try
        {
            await ports.WaitAsync(process, ["admin", "inbound"], Deadline, time, cancel);
            await Http.WaitForAsync(process, new Uri($"http://127.0.0.1:{ports["admin"]}/ready"), Deadline, time, cancel);
            return new KonsulSidecar(process, ports["inbound"]);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
