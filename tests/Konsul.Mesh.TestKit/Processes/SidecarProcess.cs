namespace Konsul.Mesh.TestKit.Processes;

/// <summary>A real <c>konsul-proxy sidecar</c> on free loopback ports.</summary>
public sealed class SidecarProcess : IAsyncDisposable
{
    private SidecarProcess(ProgramProcess process, IReadOnlyDictionary<string, int> ports)
    {
        (Process, Ports) = (process, ports);
        Admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports["admin"]}") };
    }

    public ProgramProcess Process { get; }

    /// <summary>Names as in the ports file: admin, agent, inbound.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; }

    public HttpClient Admin { get; }

    /// <param name="name">For messages and the ports file.</param>
    /// <param name="folder">Where the ports file goes.</param>
    /// <param name="grpcAddress">host:port of the server.</param>
    /// <param name="options">What it stands for: <c>--service api --service-port 9001 …</c>.</param>
    public static async Task<SidecarProcess> StartAsync(string name, string folder, string grpcAddress, params string[] options)
    {
        var portsFile = Path.Combine(folder, $"{name}-ports.json");
        File.Delete(portsFile);
        var process = ProgramProcess.Start(
            name,
            Programs.Proxy,
            [
                "sidecar",
                "--server", grpcAddress,
                "--admin-addr", "127.0.0.1:0",
                "--agent-addr", "127.0.0.1:0",
                "--inbound-addr", "127.0.0.1:0",
                "--ports-file", portsFile,
                .. options,
            ]);
        var ports = await PortsFile.ReadAsync(portsFile, process, "admin", "agent", "inbound").ConfigureAwait(false);
        return new SidecarProcess(process, ports);
    }

    public Task WaitUntilReadyAsync() =>
        Eventually.HoldsAsync(
            $"{Process.Name} is ready",
            async () =>
            {
                Process.ThrowIfEnded();
                using var answer = await Admin.GetAsync("/ready").ConfigureAwait(false);
                return answer.IsSuccessStatusCode
                    ? null
                    : await answer.Content.ReadAsStringAsync().ConfigureAwait(false) + "\n" + Process.StateText();
            });

    /// <summary>SIGTERM, and wait for the end: drained and deregistered.</summary>
    public async Task<int> StopAsync()
    {
        Process.Send(Signal.Terminate);
        return await Process.WaitForExitAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Process.DisposeAsync().ConfigureAwait(false);
    }
}
