using System.Globalization;
using System.Security.Cryptography;
using Konsul.Mesh.TestKit.Network;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>Real konsul-servers that form one cluster. Each can be killed, paused, started again on its data, and cut off where its site allows it.</summary>
public sealed class ClusterProcesses : IAsyncDisposable
{
    public const int HttpPort = 8500;
    public const int RaftPort = 7000;
    public const int DnsPort = 8600;
    private const int GrpcPort = 8503;
    private const string JoinToken = "shared by the servers of a test";
    private readonly TemporaryFolder _folder = new();
    private readonly ClusterPlan _plan;
    private readonly Site[] _sites;
    private readonly ProgramProcess?[] _processes;
    private readonly HashSet<int> _killed = [];
    private readonly HttpClient _probe = new() { Timeout = TimeSpan.FromSeconds(1) };

    private ClusterProcesses(ClusterPlan plan)
    {
        _plan = plan;
        _sites = [.. plan.Sites ?? Site.OnLoopback(plan.Size)];
        _processes = new ProgramProcess?[plan.Size];
        if (plan.Engine != LogEngine.Raft)
        {
            File.WriteAllText(_folder.File("kek"), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        }
    }

    public int Size => _plan.Size;

    public LogEngine Engine => _plan.Engine;

    /// <summary>The members beside the first servers; none with the servers' own log.</summary>
    public IReadOnlyList<EtcdMember> Etcd { get; private set; } = [];

    /// <summary>Returns when all are ready and name the same leader.</summary>
    public static async Task<ClusterProcesses> StartAsync(ClusterPlan? plan = null)
    {
        var cluster = new ClusterProcesses(plan ?? new ClusterPlan());
        try
        {
            cluster.Etcd = cluster.Engine switch
            {
                LogEngine.Raft => [],
                LogEngine.Etcd => await EtcdMember.StartAsync(cluster._sites[0]).ConfigureAwait(false),
                _ => await EtcdMember.StartAsync(cluster._sites).ConfigureAwait(false),
            };
            foreach (var server in cluster.All())
            {
                cluster.Start(server);
            }

            await cluster.AreReadyAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The HTTP API of a server, by its number from 0.</summary>
    public Uri HttpAddress(int server) => new($"http://{_sites[server].At(HttpPort)}");

    /// <summary>host:port of a server's gRPC.</summary>
    public string GrpcAddress(int server) => _sites[server].At(GrpcPort);

    private int LeaderPort => Engine == LogEngine.Raft ? RaftPort : HttpPort;

    public string RaftAddress(int server) => _sites[server].At(RaftPort);

    public string DataDirectory(int server) => _plan.DataDirectory(server) ?? _folder.File(string.Create(CultureInfo.InvariantCulture, $"data-{server}"));

    public ProgramProcess Process(int server) => _processes[server] ?? throw new InvalidOperationException($"Server {server} was not started.");

    /// <summary>All are ready and name the same leader.</summary>
    public async Task AreReadyAsync()
    {
        foreach (var server in All())
        {
            await WaitUntilReadyAsync(server).ConfigureAwait(false);
        }

        await LeaderAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until all servers, but for those <paramref name="away"/>, name the same leader, which is not one of those.</summary>
    public async Task<int> LeaderAsync(params int[] away)
    {
        var leader = -1;
        await Eventually.HoldsAsync("the servers agree on a leader", async () =>
        {
            var named = await Task.WhenAll(All().Except(away).Select(NamedLeaderAsync)).ConfigureAwait(false);
            leader = Array.FindIndex(_sites, s => s.At(LeaderPort) == named[0]);
            return leader >= 0 && !away.Contains(leader) && named.Distinct().Count() == 1 ? null : string.Join(' ', named);
        }).ConfigureAwait(false);
        return leader;
    }

    /// <summary>The address that a server names as the leader's, of Raft or, on an etcd, of the HTTP API; empty if it knows of none.</summary>
    public async Task<string> NamedLeaderAsync(int server) =>
        (await _probe.GetStringAsync(new Uri(HttpAddress(server), "/v1/status/leader")).ConfigureAwait(false)).Trim('"');

    /// <summary>The site where writes are ordered: that of the leading server, or of the leading etcd member.</summary>
    public async Task<int> OrderingSiteAsync()
    {
        if (Engine == LogEngine.Raft)
        {
            return await LeaderAsync().ConfigureAwait(false);
        }

        var at = -1;
        await Eventually.HoldsAsync("etcd has a leader", async () =>
        {
            var leads = await Task.WhenAll(Etcd.Select(e => e.IsLeaderAsync())).ConfigureAwait(false);
            at = Array.IndexOf(leads, true);
            return at >= 0 && leads.Count(l => l) == 1;
        }).ConfigureAwait(false);
        return at;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync(int server)
    {
        _killed.Add(server);
        Process(server).Send(Signal.Kill);
        await Process(server).WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Starts again one that has ended; returns when it is ready.</summary>
    public async Task StartAgainAsync(int server)
    {
        await LaunchAgainAsync(server).ConfigureAwait(false);
        await WaitUntilReadyAsync(server).ConfigureAwait(false);
    }

    /// <summary>Starts again one that has ended, and does not wait for it.</summary>
    public async Task LaunchAgainAsync(int server)
    {
        await Process(server).DisposeAsync().ConfigureAwait(false);
        Start(server);
    }

    /// <summary>One more process with the name of a server, elsewhere and on other data. The cluster does not wait for it and does not stop it.</summary>
    public ProgramProcess StartBeside(int server, Site site, string data) => Launch(server, site, data);

    /// <summary>From its next start on the server listens at another address.</summary>
    public void Move(int server, Site site) => _sites[server] = site;

    public async ValueTask DisposeAsync()
    {
        _probe.Dispose();
        await Task.WhenAll(_processes.OfType<ProgramProcess>().Select(p => p.DisposeAsync().AsTask())).ConfigureAwait(false);
        await Task.WhenAll(Etcd.Select(e => e.DisposeAsync().AsTask())).ConfigureAwait(false);
        _folder.Dispose();
    }

    private IEnumerable<int> All() => Enumerable.Range(0, Size);

    private Task WaitUntilReadyAsync(int server) =>
        Eventually.HoldsAsync($"server {server} is ready", async () =>
        {
            // One that ended at its start keeps the others waiting: its words are the cause, not theirs.
            if (_processes.Where((p, at) => p is { HasExited: true } && !_killed.Contains(at)).FirstOrDefault() is { } ended)
            {
                ended.ThrowIfEnded();
            }

            using var answer = await _probe.GetAsync(new Uri(HttpAddress(server), "/health/ready")).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync().ConfigureAwait(false) + Process(server).StateText();
        });

    private void Start(int server)
    {
        _killed.Remove(server);
        _processes[server] = Launch(server, _sites[server], DataDirectory(server));
    }

    private ProgramProcess Launch(int server, Site site, string data) => site.Start(
        $"konsul-server {server}",
        Programs.Server,
        [
            "--node-id", $"node-{server}",
            "--data-dir", data,
            "--http-addr", site.At(HttpPort),
            "--grpc-addr", site.At(GrpcPort),
            "--dns-addr", site.At(DnsPort),
            "--raft-addr", site.At(RaftPort),
            "--default-intention-policy", "allow",
            "--drain-timeout", "1s",
            .. EngineOptions(),
            .. _plan.Options,
        ],
        _plan.Environment(server));

    private string[] EngineOptions() => Engine == LogEngine.Raft
        ?
        [
            "--bootstrap-expect", Size.ToString(CultureInfo.InvariantCulture),
            "--retry-join", string.Join(',', _sites.Select(s => s.At(RaftPort))),
            "--join-token", JoinToken,
        ]
        : ["--log", "etcd", "--etcd-endpoints", string.Join(',', Etcd.Select(e => e.Endpoint)), "--ca-kek-file", _folder.File("kek")];
}
