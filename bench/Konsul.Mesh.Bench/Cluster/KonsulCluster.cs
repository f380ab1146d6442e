using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>Three konsul-servers as shipped; asked over their HTTP/1.1 API.</summary>
internal sealed class KonsulCluster : IStoreCluster
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private const int DifferentWrites = 1000;
    private readonly ChildProcess?[] _processes = new ChildProcess?[IStoreCluster.Servers];
    private readonly int[] _http = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly int[] _grpc = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly int[] _raft = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly string _bin;
    private readonly string _folder;
    private readonly RequestFiles _requests;
    private readonly TimeProvider _time;

    private KonsulCluster(string bin, string folder, RequestFiles requests, TimeProvider time) => (_bin, _folder, _requests, _time) = (bin, folder, requests, time);

    public string Name => "konsul";

    public string Settings => "as shipped, mTLS among servers, HTTP/1.1 API";

    public static async Task<KonsulCluster> StartAsync(string bin, string folder, RequestFiles requests, TimeProvider time, CancellationToken cancel)
    {
        var cluster = new KonsulCluster(bin, folder, requests, time);
        try
        {
            Enumerable.Range(0, IStoreCluster.Servers).ToList().ForEach(cluster.Start);
            for (var i = 0; i < IStoreCluster.Servers; i++)
            {
                await cluster.ReadyAsync(i, cancel);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Uri Api(int server) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_http[server]}/v1/"));

    public ChildProcess Process(int server) => _processes[server] ?? throw new BenchException($"konsul-server {server} does not run");

    /// <summary>The last of what each server printed, to explain a failure.</summary>
    public string Printed() => string.Concat(_processes.Select((p, i) => $"server {i}: {p?.Log}\n"));

    public string DataFolder(int server) => Path.Combine(_folder, $"k{server}");

    public void Start(int server)
    {
        var peers = string.Join(',', _raft.Select(p => $"127.0.0.1:{p}"));
        _processes[server] = ChildProcess.Start($"konsul-server {server}", Path.Combine(_bin, "konsul-server"),
        [
            "--node-id", $"k{server}", "--data-dir", DataFolder(server), "--http-addr", $"127.0.0.1:{_http[server]}", "--grpc-addr", $"127.0.0.1:{_grpc[server]}",
            "--dns-addr", "127.0.0.1:0", "--raft-addr", $"127.0.0.1:{_raft[server]}", "--bootstrap-expect", "3", "--retry-join", peers, "--log-level", "info",
        ]);
    }

    /// <summary>From now until the server answers that it is ready.</summary>
    public async Task<TimeSpan> ReadyAsync(int server, CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        await Http.WaitForAsync(Process(server), new Uri(Api(server), "/health/ready"), Deadline, _time, cancel, TimeSpan.FromMilliseconds(5));
        return _time.GetElapsedTime(started);
    }

    /// <summary>Ends a server by a signal and waits until its process is gone.</summary>
    public async Task EndAsync(int server, string signal)
    {
        await Process(server).EndAsync(signal);
        _processes[server] = null;
    }

    public async Task<int> LeaderAsync(CancellationToken cancel)
    {
        var leader = -1;
        await Poll.UntilAsync("konsul: a leader", async token =>
        {
            var asked = Array.FindIndex(_processes, p => p is not null);
            var address = await Http.Client.GetFromJsonAsync<string>(new Uri(Api(asked), "status/leader"), token);
            leader = Array.FindIndex(_raft, p => address == $"127.0.0.1:{p}");
            return leader >= 0 && _processes[leader] is not null ? null : $"\"{address}\"";
        }, Deadline, _time, cancel);
        return leader;
    }

    /// <summary>With other flags each time: a put that changes nothing is cheaper (Consul's rule), and etcd's puts always change something.</summary>
    public StoreTarget Write(int server)
    {
        var list = _requests.List(Enumerable.Range(0, DifferentWrites).Select(flags => new Uri(Api(server), $"kv/{RequestFiles.Key}?flags={flags}")));
        return new StoreTarget(Api(server), ["--h1", "-H", ":method: PUT", "-d", _requests.Value, "-i", list]);
    }

    public StoreTarget Read(int server) => new(new Uri(Api(server), $"kv/{RequestFiles.Key}?raw&consistent"), ["--h1"]);

    public async Task<long> WritesAsync(CancellationToken cancel) =>
        (long)(await Http.Client.GetFromJsonAsync<JsonArray>(new Uri(Api(0), $"kv/{RequestFiles.Key}"), cancel))![0]!["ModifyIndex"]!;

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.OfType<ChildProcess>())
        {
            await process.DisposeAsync();
        }
    }
}
