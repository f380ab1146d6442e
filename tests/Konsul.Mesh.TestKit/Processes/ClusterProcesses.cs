using System.Globalization;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>Three real konsul-servers on loopback that form one cluster. Each can be killed, paused and started again on its data and ports.</summary>
public sealed class ClusterProcesses : IAsyncDisposable
{
    public const int Size = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly int[] _http;
    private readonly int[] _grpc;
    private readonly int[] _raft;
    private readonly ProgramProcess?[] _processes = new ProgramProcess?[Size];
    private readonly HttpClient _probe = new() { Timeout = TimeSpan.FromSeconds(1) };

    private ClusterProcesses()
    {
        var ports = FreePorts.Next(3 * Size);
        (_http, _grpc, _raft) = (ports[..Size], ports[Size..(2 * Size)], ports[(2 * Size)..]);
    }

    /// <summary>Returns when all are ready and name the same leader.</summary>
    public static async Task<ClusterProcesses> StartAsync()
    {
        var cluster = new ClusterProcesses();
        try
        {
            for (var i = 0; i < Size; i++)
            {
                cluster.Start(i);
            }

            for (var i = 0; i < Size; i++)
            {
                await cluster.WaitUntilReadyAsync(i).ConfigureAwait(false);
            }

            await cluster.LeaderAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The HTTP API of a server, by its number from 0.</summary>
    public Uri HttpAddress(int server) => new($"http://127.0.0.1:{_http[server]}");

    public ProgramProcess Process(int server) => _processes[server] ?? throw new InvalidOperationException($"Server {server} was not started.");

    /// <summary>Waits until all servers, but for <paramref name="away"/>, name the same leader, which is not that one.</summary>
    public async Task<int> LeaderAsync(int? away = null)
    {
        var leader = -1;
        await Eventually.HoldsAsync("the servers agree on a leader", async () =>
        {
            var asked = Enumerable.Range(0, Size).Where(i => i != away).ToArray();
            var named = await Task.WhenAll(asked.Select(i => _probe.GetStringAsync(new Uri(HttpAddress(i), "/v1/status/leader")))).ConfigureAwait(false);
            leader = Array.FindIndex(_raft, port => named[0] == $"\"127.0.0.1:{port}\"");
            return leader >= 0 && leader != away && named.Distinct().Count() == 1 ? null : string.Join(' ', named);
        }).ConfigureAwait(false);
        return leader;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync(int server)
    {
        Process(server).Send(Signal.Kill);
        await Process(server).WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Starts again one that has ended; returns when it is ready.</summary>
    public async Task StartAgainAsync(int server)
    {
        await Process(server).DisposeAsync().ConfigureAwait(false);
        Start(server);
        await WaitUntilReadyAsync(server).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _probe.Dispose();
        await Task.WhenAll(_processes.OfType<ProgramProcess>().Select(p => p.DisposeAsync().AsTask())).ConfigureAwait(false);
        _folder.Dispose();
    }

    private Task WaitUntilReadyAsync(int server) =>
        Eventually.HoldsAsync($"server {server} is ready", async () =>
        {
            // One that ended at its start keeps the others waiting: its words are the cause, not theirs.
            if (_processes.FirstOrDefault(p => p is { HasExited: true }) is { } ended)
            {
                return ended.StateText();
            }

            using var answer = await _probe.GetAsync(new Uri(HttpAddress(server), "/health/ready")).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync().ConfigureAwait(false) + Process(server).StateText();
        });

    private void Start(int server) =>
        _processes[server] = ProgramProcess.Start(
            $"konsul-server {server}",
            Programs.Server,
            [
                "--node-id", $"node-{server}",
                "--data-dir", _folder.File($"data-{server}"),
                "--http-addr", Local(_http[server]),
                "--grpc-addr", Local(_grpc[server]),
                "--raft-addr", Local(_raft[server]),
                "--bootstrap-expect", Size.ToString(CultureInfo.InvariantCulture),
                "--retry-join", string.Join(',', _raft.Select(Local)),
                "--default-intention-policy", "allow",
                "--drain-timeout", "1s",
            ]);

    private static string Local(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
}
