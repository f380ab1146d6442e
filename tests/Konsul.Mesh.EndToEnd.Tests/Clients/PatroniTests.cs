using System.Text.Json;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Clients;

/// <summary>PostgreSQL made highly available by Patroni, with three of our servers as its store.</summary>
public sealed class PatroniTests
{
    /// <summary>A session lives 20 s unrenewed, a round takes 2 s.</summary>
    private const int LifeInRounds = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task PrimaryCrashes_TheReplicaTakesOver_AndTheLossOfTheLeadingServerTroublesNobody()
    {
        Assert.SkipUnless(PatroniNode.Binaries is not null, "patroni and postgresql are not installed");
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcesses.StartAsync();
        var leader = await cluster.LeaderAsync();
        await using var first = await PatroniNode.StartAsync(folder, "pg1", cluster.HttpAddress((leader + 1) % 3));
        await first.UntilAsync("master", Patience);
        await using var second = await PatroniNode.StartAsync(folder, "pg2", cluster.HttpAddress((leader + 2) % 3));
        await second.UntilAsync("replica", Patience);
        await first.QueryAsync("create table t (v text); insert into t values ('kept')");
        using var store = new HttpClient { BaseAddress = cluster.HttpAddress((leader + 1) % 3) };
        var (holder, fence) = await LockAsync(store);

        // The server that leads goes and comes back: the primary keeps its session, its lock and its timeline.
        await cluster.KillAsync(leader);
        var next = await cluster.LeaderAsync(leader);
        var before = Rounds(first);
        await Eventually.HoldsAsync(
            "the primary went through more rounds than its session lives without being renewed", () => Task.FromResult(Rounds(first) > before + LifeInRounds), Patience);
        Assert.Equal(("master", 1), await first.StateAsync());
        Assert.Equal((holder, fence), await LockAsync(store));
        await cluster.StartAgainAsync(leader);

        // The primary's machine goes: its session ends, the key with it, and the replica is primary of the next timeline, with the data.
        await Eventually.HoldsAsync("the replica has all", async () => await second.QueryAsync("select v from t") == "kept", Patience);
        await first.CrashAsync();
        var took = await second.UntilAsync("master", Patience);
        Assert.Equal(("master", 2), await second.StateAsync());
        Assert.Equal("kept", await second.QueryAsync("select v from t"));
        await Eventually.HoldsAsync("writes go on", async () => await second.QueryAsync("insert into t values ('new') returning v") == "new", Patience);
        Assert.NotEqual(holder, (await LockAsync(store)).Holder);
        TestContext.Current.TestOutputHelper?.WriteLine($"server {next} led on; the replica was primary {took.TotalSeconds:0.0} s after the primary's end (TTL 20 s)");
    }

    /// <summary>Patroni says so once in each of its rounds, in which it renews the session.</summary>
    private static int Rounds(PatroniNode primary) => primary.Log.Split("the leader with the lock").Length;

    private static async Task<(string Holder, ulong Fence)> LockAsync(HttpClient store)
    {
        using var json = JsonDocument.Parse(await store.GetStringAsync("/v1/kv/service/demo/leader"));
        var pair = json.RootElement[0];
        return (pair.GetProperty("Session").GetString()!, pair.GetProperty("LockIndex").GetUInt64());
    }
}
