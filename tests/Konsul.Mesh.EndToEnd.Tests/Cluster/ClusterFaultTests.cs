using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>Three real servers lose their leader under load: no client may see what one correct store could not have answered.</summary>
public sealed class ClusterFaultTests : IAsyncLifetime
{
    private const int ClientsPerServer = 2;
    private const int PutsBetweenFaults = 60;
    private const int Readers = 16;
    private const int FirstReader = 100;
    private static readonly TimeSpan PauseOfLeader = TimeSpan.FromSeconds(1.5);
    private readonly HistoryRecorder<KeyValueInput, KeyValueOutput> _history = new(TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private ClusterProcesses _cluster = null!;
    private readonly List<KeyValueClient> _all = [];
    private KeyValueClient[] _clients = [];

    public async ValueTask InitializeAsync()
    {
        _cluster = await ClusterProcesses.StartAsync();
        _clients = [.. Enumerable.Range(0, ClusterProcesses.Size * ClientsPerServer)
            .Select(n => Client(n, n % ClusterProcesses.Size))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _all)
        {
            client.Dispose();
        }

        _stop.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task LeaderKilled_ThreeTimes_HistoryIsLinearizableAndNoAcknowledgedWriteIsLost()
    {
        await UnderLoadAsync(3, async leader =>
        {
            await _cluster.KillAsync(leader);
            await _cluster.LeaderAsync(away: leader);
            await PutsGoOnAsync(away: leader);
            await _cluster.StartAgainAsync(leader);
        });

        await AssertConsistentAsync("leader-killed");
    }

    [Fact]
    public async Task LeaderPaused_Twice_HistoryIsLinearizableAndNoAcknowledgedWriteIsLost()
    {
        await UnderLoadAsync(2, async leader =>
        {
            var readers = Enumerable.Range(0, Readers).Select(n => Client(FirstReader + n, leader)).ToArray();
            await ReadAllAsync(readers);
            _cluster.Process(leader).Send(Signal.Stop);
            var pause = Task.Delay(PauseOfLeader, TimeProvider.System);
            await _cluster.LeaderAsync(away: leader);
            await PutsGoOnAsync(away: leader);
            await pause;

            // These wait at the one that still believes it leads: it must not answer them from before its pause.
            var reads = ReadAllAsync(readers);
            _cluster.Process(leader).Send(Signal.Continue);
            await reads;
        });

        await AssertConsistentAsync("leader-paused");
    }

    private KeyValueClient Client(int number, int server)
    {
        var client = new KeyValueClient(number, _cluster.HttpAddress(server), _history);
        _all.Add(client);
        return client;
    }

    private static Task ReadAllAsync(KeyValueClient[] readers) => Task.WhenAll(readers.Select((reader, n) => reader.GetAsync(
        KeyValueClient.SharedKey(n % KeyValueClient.SharedKeys), n < Readers / 2 ? "?raw" : "?consistent&raw")));

    private async Task UnderLoadAsync(int times, Func<int, Task> fault)
    {
        var running = Task.WhenAll(_clients.Select(c => c.RunAsync(_stop.Token)));
        try
        {
            for (var i = 0; i < times; i++)
            {
                await PutsGoOnAsync();
                await fault(await _cluster.LeaderAsync());
                await _cluster.LeaderAsync();
            }

            await PutsGoOnAsync();
        }
        finally
        {
            await _stop.CancelAsync();
            await running;
        }
    }

    /// <summary>Waits until the clients of every server, but for <paramref name="away"/>, have got some more writes through.</summary>
    private async Task PutsGoOnAsync(int? away = null)
    {
        var before = PutsByServer();
        await Eventually.HoldsAsync("writes go on", () =>
        {
            var more = PutsByServer().Zip(before, (now, then) => now - then).ToArray();
            return Task.FromResult(
                more.Index().All(m => m.Index == away || m.Item >= PutsBetweenFaults) ? null : $"acknowledged by server: {string.Join(", ", more)}");
        });
    }

    private int[] PutsByServer() =>
        [.. Enumerable.Range(0, ClusterProcesses.Size).Select(s => _clients.Where((_, n) => n % ClusterProcesses.Size == s).Sum(c => c.Puts))];

    private async Task AssertConsistentAsync(string name)
    {
        foreach (var client in _clients)
        {
            for (var key = 0; key < KeyValueClient.SharedKeys; key++)
            {
                Assert.True(await client.GetAsync(KeyValueClient.SharedKey(key), "?consistent&raw"), "A server that knows a leader answers.");
            }
        }

        var history = _history.ToHistory();
        var failures = _all.SelectMany(c => c.Failures).GroupBy(f => f.Key).Select(g => $"{g.Sum(f => f.Value)}x {g.Key}");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{name}: {history.Count} operations, {_clients.Sum(c => c.Puts)} puts acknowledged, {_clients.Sum(c => c.UnknownPuts)} unknown; "
            + $"failures: {string.Join("; ", failures)}");
        var result = LinearizabilityChecker.Check(new KeyValueModel(), history, cancellation: TestContext.Current.CancellationToken);
        if (result.Verdict != Verdict.Ok)
        {
            Assert.Fail($"{result.Describe()}The history is in {Keep(name, history)}");
        }

        var values = await SameValuesEverywhereAsync();
        var lost = _clients.SelectMany(c => c.Acknowledged).Where(a => values.GetValueOrDefault(a.Key) != a.Value).Select(a => a.Key).ToArray();
        Assert.True(lost.Length == 0, $"{lost.Length} acknowledged writes are lost: {string.Join(", ", lost.Take(20))}");
        Assert.NotEmpty(_clients.SelectMany(c => c.Acknowledged));
        Assert.All(_all.SelectMany(c => c.Failures.Keys), AssertHonest);
    }

    /// <summary>Every server's own copy, once all have caught up.</summary>
    private async Task<Dictionary<string, string>> SameValuesEverywhereAsync()
    {
        Dictionary<string, string> first = [];
        await Eventually.HoldsAsync("all servers hold the same", async () =>
        {
            var copies = await Task.WhenAll(Enumerable.Range(0, ClusterProcesses.Size).Select(CopyAsync));
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
        var entries = await http.GetFromJsonAsync<JsonElement>($"/v1/kv/{KeyValueClient.Prefix}?recurse&stale");
        return entries.EnumerateArray().ToDictionary(
            e => e.GetProperty("Key").GetString()!, e => Encoding.UTF8.GetString(e.GetProperty("Value").GetBytesFromBase64()));
    }

    private static void AssertHonest(string failure) =>
        Assert.True(failure is "timeout" or "lost connection" || failure.StartsWith("500 No cluster leader", StringComparison.Ordinal), $"Only a fault's consequences may be seen, not: {failure}");

    private static string Keep(string name, IEnumerable<Operation<KeyValueInput, KeyValueOutput>> history)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Programs.Root, "artifacts", "histories")).FullName;
        var path = Path.Combine(folder, $"{name}-{Environment.ProcessId}.txt");
        var model = new KeyValueModel();
        File.WriteAllLines(path, history.Select(o =>
            $"client {o.Client} [{o.Call}..{(o.MustHappen ? o.Return : "")}] {((ISequentialModel<string?, KeyValueInput, KeyValueOutput>)model).Describe(o.Input, o.Outcome)}"));
        return path;
    }
}
