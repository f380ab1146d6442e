using Konsul.Mesh.Etcd.Tests.Fixtures;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Etcd.Tests;

/// <summary>Snapshots, what is removed from etcd, and how a server that lacks it comes back.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task SnapshotAsync_Leader_StoresItAndRemovesTheLogBeforeIt()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd, NoTrail);
        await a.BecomesLeaderAsync();
        await ProposeAsync(a, 100);

        await a.Log.SnapshotAsync();
        await Eventually.HoldsAsync("the registry shows it", async () => (await EtcdCtl.RunAsync(etcd, "get", "/konsul/dc1/servers/a")).Contains("101", StringComparison.Ordinal));
        await a.ProposeAsync("one more");
        await a.Log.SnapshotAsync();

        var batches = await EtcdCtl.KeysAsync(etcd, "/konsul/dc1/log/");
        Assert.True(batches.Length <= 2, string.Join(' ', batches));
        Assert.Equal(102ul, a.Log.Status.SnapshotIndex);
        Assert.True(a.Log.Status.FirstIndex > 1);
        Assert.Single(await EtcdCtl.KeysAsync(etcd, "/konsul/dc1/snap/"));
    }

    [Fact]
    public async Task OpenAsync_LogRemovedAndDiskLost_StartsFromTheStoredSnapshot()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd, NoTrail);
        await a.BecomesLeaderAsync();
        await ProposeAsync(a, 50);
        await CleanAsync(etcd, a);
        await a.ProposeAsync("after");

        await using var b = await Node.OpenAsync("b", etcd);
        await a.LoseDiskAsync();
        await a.OpenAsync();

        Assert.Equal(1, b.Machine.Restores);
        Assert.Equal(51, b.Machine.Applied.Count);
        Assert.Equal(b.Machine.Applied, a.Machine.Applied);
    }

    [Fact]
    public async Task OpenAsync_OwnSnapshot_IsRestoredAndTheRestReadFromEtcd()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await ProposeAsync(a, 20);
        await a.Log.SnapshotAsync();
        await a.ProposeAsync("after");
        var before = a.Machine.Applied;

        await a.ReopenAsync();

        Assert.Equal(1, a.Machine.Restores);
        Assert.Equal(before, a.Machine.Applied);
    }

    [Fact]
    public async Task OpenAsync_OwnSnapshotDamaged_IsReadFromEtcdInstead()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await ProposeAsync(a, 20);
        await a.Log.SnapshotAsync();
        var before = a.Machine.Applied;
        await a.Log.DisposeAsync();
        var file = Directory.GetFiles(a.Options.Directory, "*.snap").Single();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        await a.OpenAsync();

        Assert.Equal(0, a.Machine.Restores);
        Assert.Equal(before, a.Machine.Applied);
    }

    [Fact]
    public async Task Snapshots_TakenByThemselves_KeepTheLogInEtcdBounded()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        var change = (EtcdLogOptions o) => o with { Snapshots = new SnapshotSchedule { Entries = 100, Growth = 0 }, TrailingEntries = 50, MaxBatchEntries = 10 };
        await using var a = await Node.OpenAsync("a", etcd, change);
        await a.BecomesLeaderAsync();
        await using var b = await Node.OpenAsync("b", etcd, change);

        for (var i = 0; i < 20; i++)
        {
            await Task.WhenAll(ProposeAsync(a, 50), ProposeAsync(b, 50));
        }

        await Eventually.HoldsAsync("old entries are removed", async () =>
        {
            await a.ProposeAsync("more");
            return a.Log.Status.FirstIndex > 1500 ? null : a.Log.Status.ToString();
        });
        await b.Log.ReadBarrierAsync();
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
        Assert.Equal(0, b.Machine.Restores);
    }

    [Fact]
    public async Task Server_CutOffWhileItsEntriesAreRemovedAndCompacted_CatchesUpByTheStoredSnapshot()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var link = new LossyLink(etcd.Port);
        await using var a = await Node.OpenAsync("a", etcd, NoTrail);
        await a.BecomesLeaderAsync();
        await using var b = new Node("b", link.Address);
        await b.OpenAsync();
        await ProposeAsync(a, 20);
        await b.AppliesAsync(20);

        link.Cut();
        await Eventually.HoldsAsync("b's lease ends", async () => (await EtcdCtl.KeysAsync(etcd, "/konsul/dc1/servers/")).Length == 1);
        await ProposeAsync(a, 20);
        await a.ProposeAsync("last");
        await CleanAsync(etcd, a);
        await a.ProposeAsync("after");
        await EtcdCtl.CompactAsync(etcd);
        link.Mend();
        await b.ProposeAsync("back");

        Assert.Equal(1, b.Machine.Restores);
        await a.Log.ReadBarrierAsync();
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
    }

    [Fact]
    public async Task Watch_CutAndHistoryCompacted_NothingIsSkipped()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var link = new LossyLink(etcd.Port);
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = new Node("b", link.Address);
        await b.OpenAsync();

        for (var i = 1; i <= 3; i++)
        {
            link.Cut();
            await ProposeAsync(a, 30);
            await EtcdCtl.CompactAsync(etcd);
            link.Mend();
            await b.AppliesAsync(30 * i);
        }

        Assert.Equal(0, b.Machine.Restores);
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
    }

    [Fact]
    public async Task Server_BehindWithNoUsableSnapshot_StopsAndSaysWhatToDo()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd, o => NoTrail(o) with { MaxStoredSnapshotBytes = 10 });
        await a.BecomesLeaderAsync();
        await ProposeAsync(a, 50);
        await CleanAsync(etcd, a);
        await using var b = new Node("b", etcd.Address);

        var refused = await Assert.ThrowsAsync<LogStoppedException>(b.OpenAsync);

        Assert.Contains("were removed from etcd and no snapshot there holds them", refused.Message, StringComparison.Ordinal);

        // What it says to do.
        File.Copy(Directory.GetFiles(a.Options.Directory, "*.snap").Single(), Path.Combine(b.Options.Directory, $"snap-{a.Log.Status.SnapshotIndex:D20}.snap"));
        await b.OpenAsync();
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
    }

    [Fact]
    public async Task Snapshot_OfManyChunks_ComesBackWhole()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd, NoTrail);
        await a.BecomesLeaderAsync();
        for (var i = 0; i < 30; i++)
        {
            await ProposeAsync(a, 1000);
        }

        await CleanAsync(etcd, a);
        await using var b = await Node.OpenAsync("b", etcd);

        Assert.True((await EtcdCtl.KeysAsync(etcd, "/konsul/dc1/snap/")).Length >= 2);
        Assert.Equal(1, b.Machine.Restores);
        Assert.Equal(a.Machine.Applied, b.Machine.Applied);
    }

    private static EtcdLogOptions NoTrail(EtcdLogOptions options) => options with { TrailingEntries = 0 };

    private static Task ProposeAsync(Node node, int count) => Task.WhenAll(Enumerable.Range(0, count).Select(i => node.ProposeAsync($"{node.Options.NodeId}{i,-30}.")));

    /// <summary>Twice: the registry shows a snapshot a moment after it was taken.</summary>
    private static async Task CleanAsync(EtcdProcess etcd, Node leader)
    {
        await Eventually.HoldsAsync("the log is cleaned", async () =>
        {
            await leader.Log.SnapshotAsync();
            return (await EtcdCtl.KeysAsync(etcd, "/konsul/dc1/log/")).Length == 1 ? null : leader.Log.Status.ToString();
        });
    }
}
