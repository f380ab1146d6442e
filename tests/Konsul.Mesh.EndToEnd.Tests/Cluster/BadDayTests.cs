using System.Net;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Network;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>Majorities that go and come, all servers gone at once, servers that move: nothing acknowledged is lost and every refusal has its name.</summary>
public sealed class BadDayTests
{
    private const string NoLeader = "No cluster leader";

    [Fact]
    public async Task MajorityKilled_WritesFailByName_StaleReadsAnswer_AndItRecovers()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var leader = await cluster.LeaderAsync();
        int[] others = [(leader + 1) % 3, (leader + 2) % 3];
        using var api = new Api(cluster, leader);
        await api.MustPutAsync("k", "v");

        await Task.WhenAll(others.Select(cluster.KillAsync));
        var hopeless = await Eventually.HoldsAsync(
            "writes are refused because nobody leads", async () => await api.PutAsync("/v1/kv/k", "w") is (HttpStatusCode.InternalServerError, NoLeader));
        var started = TimeProvider.System.GetTimestamp();
        var write = await api.PutAsync("/v1/kv/k", "w");
        var took = TimeProvider.System.GetElapsedTime(started);

        Assert.Equal((HttpStatusCode.InternalServerError, NoLeader), write);
        Assert.Equal((HttpStatusCode.InternalServerError, NoLeader), await api.GetAsync("/v1/kv/k?raw"));
        Assert.Equal((HttpStatusCode.InternalServerError, NoLeader), await api.GetAsync("/v1/kv/k?consistent&raw"));
        await api.AssertHoldsAsync("k", "v", "?stale&raw");
        await cluster.StartAgainAsync(others[0]);
        var recovered = await api.EventuallyPutsAsync("after", "x");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"first refusal {hopeless.TotalMilliseconds:0} ms after the majority was killed, later ones in {took.TotalMilliseconds:0} ms; "
            + $"writes {recovered.TotalMilliseconds:0} ms after a majority is ready again");
    }

    [Fact]
    public async Task AllServersKilledUnderLoad_NoAcknowledgedWriteIsLost()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        await using var load = new FaultLoad(cluster, "all-killed");
        int[] all = [0, 1, 2];

        await load.RunAsync(async () =>
        {
            await load.FaultAsync("all servers killed and started again", [], async () =>
            {
                await Task.WhenAll(all.Select(cluster.KillAsync));
                await Task.WhenAll(all.Select(cluster.LaunchAgainAsync));
                await cluster.AreReadyAsync();
            });
        });

        await load.AssertConsistentAsync();
    }

    [Fact]
    public async Task TwoOfFiveKilled_OneTheLeader_WritesGoOn()
    {
        await using var cluster = await ClusterProcesses.StartAsync(new ClusterPlan { Size = 5 });
        await using var load = new FaultLoad(cluster, "two-of-five");

        await load.RunAsync(async () =>
        {
            var leader = await cluster.LeaderAsync();
            int[] dead = [leader, (leader + 1) % 5];
            await load.FaultAsync("two of five killed", dead, async () =>
            {
                await Task.WhenAll(dead.Select(cluster.KillAsync));
                await cluster.LeaderAsync(dead);
            });
            await Task.WhenAll(dead.Select(cluster.LaunchAgainAsync));
            await cluster.AreReadyAsync();
        });

        await load.AssertConsistentAsync();
    }

    [Fact]
    public async Task ServerWithANewAddress_IsFoundThereByTheOthers()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var leader = await cluster.LeaderAsync();
        var moved = (leader + 1) % 3;
        using var api = new Api(cluster, leader);
        await api.MustPutAsync("before", "1");

        await cluster.KillAsync(moved);
        cluster.Move(moved, Site.OnLoopback(1)[0]);
        await cluster.StartAgainAsync(moved);

        // From here on nothing is written without the one that moved.
        await cluster.KillAsync((leader + 2) % 3);
        await api.EventuallyPutsAsync("after", "2");
        using var there = new Api(cluster, moved);
        await there.AssertHoldsAsync("before", "1");
        await there.AssertHoldsAsync("after", "2");
        Assert.Contains(await api.MembersAsync(), m => m.Address == cluster.RaftAddress(moved));
    }

    [Fact]
    public async Task Snapshot_OfOneCluster_IsRestoredByANewOne()
    {
        byte[] archive;
        byte[] key;
        string roots;
        await using (var old = await ClusterProcesses.StartAsync())
        {
            using var api = new Api(old, 0);
            await api.MustPutAsync("kept", "yes");
            archive = await api.Http.GetByteArrayAsync("/v1/snapshot", TestContext.Current.CancellationToken);
            roots = (await api.GetAsync("/v1/connect/ca/roots")).Text;
            key = await File.ReadAllBytesAsync(old.DataDirectory(0) + ".kek", TestContext.Current.CancellationToken);
        }

        using var folder = new TemporaryFolder();
        var data = folder.File("data");
        await File.WriteAllBytesAsync(data + ".kek", key, TestContext.Current.CancellationToken);
        await using var cluster = await ClusterProcesses.StartAsync(new ClusterPlan { Size = 1, DataDirectory = _ => data });
        using var restored = new Api(cluster, 0);
        await restored.MustPutAsync("not-kept", "x");
        using var body = new ByteArrayContent(archive);
        using var answer = await restored.Http.PutAsync("/v1/snapshot", body, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        await restored.AssertHoldsAsync("kept", "yes");
        Assert.Equal(HttpStatusCode.NotFound, (await restored.GetAsync("/v1/kv/not-kept")).Status);
        await cluster.KillAsync(0);
        await cluster.StartAgainAsync(0);
        await restored.AssertHoldsAsync("kept", "yes");
        Assert.Equal(roots, (await restored.GetAsync("/v1/connect/ca/roots")).Text);
        await restored.MustPutAsync("new", "x");
    }
}
