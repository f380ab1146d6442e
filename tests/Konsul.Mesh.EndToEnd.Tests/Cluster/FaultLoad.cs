using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>
/// Clients of every server of a cluster, at work while something is done to it. In the end no client may have seen what one correct store could
/// not have answered, no acknowledged write may be missing, and all servers must hold the same.
/// </summary>
internal sealed class FaultLoad : IAsyncDisposable
{
    private const int ClientsPerServer = 2;
    private const int FirstReader = 100;
    private readonly HistoryRecorder<KeyValueInput, KeyValueOutput> _history = new(TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private readonly ClusterProcesses _cluster;
    private readonly string _name;
    private readonly KeyValueClient[] _clients;
    private readonly List<KeyValueClient> _readers = [];
    private readonly List<(string What, long Start, long End, int[] Away)> _faults = [];
    private Task _running = Task.CompletedTask;

    /// <param name="cluster">Whose servers get the load.</param>
    /// <param name="name">Of the test; the keys begin with it, so clusters can be shared.</param>
    public FaultLoad(ClusterProcesses cluster, string name)
    {
        (_cluster, _name) = (cluster, name);
        _clients = [.. Enumerable.Range(0, cluster.Size * ClientsPerServer).Select(n => new KeyValueClient(n, cluster.HttpAddress(n % cluster.Size), Prefix, _history))];
    }

    /// <summary>Acknowledged so far.</summary>
    public int Puts => _clients.Sum(c => c.Puts);

    private string Prefix => _name + "/";

    /// <summary>Runs the clients as long as <paramref name="work"/> takes, and until all servers take writes after it.</summary>
    public async Task RunAsync(Func<Task> work)
    {
        _running = Task.WhenAll(_clients.Select(c => c.RunAsync(_stop.Token)));
        try
        {
            await PutsGoOnAsync();
            await work();
            await PutsGoOnAsync();
        }
        finally
        {
            await _stop.CancelAsync();
            await _running;
        }
    }

    /// <summary>
    /// Something that is done to servers; it ends when the clients of all others have got writes through. How long those had to wait at most is
    /// reported.
    /// </summary>
    public async Task FaultAsync(string what, int[] away, Func<Task> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        await work();
        await PutsGoOnAsync(away);
        _faults.Add((what, start, TimeProvider.System.GetTimestamp(), away));
    }

    /// <summary>Waits until the clients of every server, but for those <paramref name="away"/>, have got some more writes through.</summary>
    public async Task PutsGoOnAsync(params int[] away)
    {
        const int Some = 30;
        var before = PutsByServer();
        await Eventually.HoldsAsync("writes go on", () =>
        {
            var more = PutsByServer().Zip(before, (now, then) => now - then).ToArray();
            return Task.FromResult(more.Index().All(m => away.Contains(m.Index) || m.Item >= Some) ? null : $"acknowledged by server: {string.Join(", ", more)}");
        });
    }

    /// <summary>Clients of one server with a connection each, to read there when it is not sure of its leadership any more.</summary>
    public async Task<KeyValueClient[]> ReadersAsync(int server, int count)
    {
        var readers = Enumerable.Range(0, count)
            .Select(n => new KeyValueClient(FirstReader + _readers.Count + n, _cluster.HttpAddress(server), Prefix, _history)).ToArray();
        _readers.AddRange(readers);
        await ReadAllAsync(readers);
        return readers;
    }

    /// <summary>Half of them by default reads, half by consistent ones.</summary>
    /// <returns>How many got an answer.</returns>
    public async Task<int> ReadAllAsync(KeyValueClient[] readers)
    {
        var answered = await Task.WhenAll(readers.Select((reader, n) => reader.GetAsync(SharedKey(n), n < readers.Length / 2 ? "?raw" : "?consistent&raw")));
        return answered.Count(a => a);
    }

    public async Task AssertConsistentAsync()
    {
        foreach (var client in _clients)
        {
            for (var key = 0; key < KeyValueClient.SharedKeys; key++)
            {
                Assert.True(await client.GetAsync(SharedKey(key), "?consistent&raw"), "A server that knows a leader answers.");
            }
        }

        var history = _history.ToHistory();
        Report(history.Count);
        var result = LinearizabilityChecker.Check(new KeyValueModel(), history, cancellation: TestContext.Current.CancellationToken);
        if (result.Verdict != Verdict.Ok)
        {
            Assert.Fail($"{result.Describe()}The history is in {Keep(history)}");
        }

        var values = await SameValuesEverywhereAsync();
        var lost = _clients.SelectMany(c => c.Acknowledged).Where(a => values.GetValueOrDefault(a.Key) != a.Value).Select(a => a.Key).ToArray();
        Assert.True(lost.Length == 0, $"{lost.Length} acknowledged writes are lost: {string.Join(", ", lost.Take(20))}");
        Assert.NotEmpty(_clients.SelectMany(c => c.Acknowledged));
        Assert.All(All.SelectMany(c => c.Failures.Keys), AssertHonest);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var client in All)
        {
            client.Dispose();
        }

        _stop.Dispose();
    }

    private IEnumerable<KeyValueClient> All => _clients.Concat(_readers);

    private string SharedKey(int n) => KeyValueClient.SharedKey(Prefix, n % KeyValueClient.SharedKeys);

    private IEnumerable<KeyValueClient> ClientsOf(int server) => _clients.Where((_, n) => n % _cluster.Size == server);

    private int[] PutsByServer() => [.. Enumerable.Range(0, _cluster.Size).Select(s => ClientsOf(s).Sum(c => c.Puts))];

    private void Report(int operations)
    {
        var failures = All.SelectMany(c => c.Failures).GroupBy(f => f.Key).Select(g => $"{g.Sum(f => f.Value)}x {g.Key}");
        Say($"{operations} operations, {Puts} puts acknowledged, {_clients.Sum(c => c.UnknownPuts)} unknown; failures: {string.Join("; ", failures)}");
        foreach (var (what, start, end, away) in _faults)
        {
            var gaps = Enumerable.Range(0, _cluster.Size).Except(away).Select(server => $"server {server} {Gap(server, start, end):0} ms");
            Say($"longest time without an acknowledged write, {what}: {string.Join(", ", gaps)}");
        }
    }

    private void Say(string what) => TestContext.Current.TestOutputHelper?.WriteLine($"{_name} on {_cluster.Engine}: {what}");

    private double Gap(int server, long start, long end)
    {
        var times = ClientsOf(server).SelectMany(c => c.PutAt).Where(t => t >= start && t <= end).Order().Prepend(start).Append(end).ToArray();
        return times.Zip(times.Skip(1), (a, b) => TimeProvider.System.GetElapsedTime(a, b)).Max().TotalMilliseconds;
    }

    /// <summary>Every server's own copy, once all have caught up.</summary>
    private async Task<Dictionary<string, string>> SameValuesEverywhereAsync()
    {
        Dictionary<string, string> first = [];
        await Eventually.HoldsAsync("all servers hold the same", async () =>
        {
            var copies = await Task.WhenAll(Enumerable.Range(0, _cluster.Size).Select(CopyAsync));
            first = copies[0];
            return copies.All(c => c.Count == first.Count && !c.Except(first).Any())
                ? null
                : $"{string.Join(", ", copies.Select(c => c.Count))} keys; differences: "
                    + string.Join(", ", copies.SelectMany(c => c.Except(first).Concat(first.Except(c))).Take(10));
        });
        return first;
    }

    private async Task<Dictionary<string, string>> CopyAsync(int server)
    {
        using var http = new HttpClient { BaseAddress = _cluster.HttpAddress(server) };
        var entries = await http.GetFromJsonAsync<JsonElement>($"/v1/kv/{Prefix}?recurse&stale");
        return entries.EnumerateArray().ToDictionary(
            e => e.GetProperty("Key").GetString()!, e => Encoding.UTF8.GetString(e.GetProperty("Value").GetBytesFromBase64()));
    }

    private void AssertHonest(string failure) => Assert.True(
        failure is "timeout" or "lost connection"
        || failure.StartsWith("500 No cluster leader", StringComparison.Ordinal)
        || (_cluster.Engine != LogEngine.Raft && failure.StartsWith("500 etcd ", StringComparison.Ordinal)),
        $"Only a fault's consequences may be seen, not: {failure}");

    private string Keep(IEnumerable<Operation<KeyValueInput, KeyValueOutput>> history)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Programs.Root, "artifacts", "histories")).FullName;
        var path = Path.Combine(folder, $"{_name}-{_cluster.Engine}-{Environment.ProcessId}.txt");
        var model = new KeyValueModel();
        File.WriteAllLines(path, history.Select(o =>
            $"client {o.Client} [{o.Call}..{(o.MustHappen ? o.Return : "")}] {((ISequentialModel<string?, KeyValueInput, KeyValueOutput>)model).Describe(o.Input, o.Outcome)}"));
        return path;
    }
}
