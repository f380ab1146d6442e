using Konsul.Mesh.Raft.Host.Cluster.Snapshots;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

public sealed class StorageSinkTests
{
    /// <summary>A new leader whose own snapshot was older than the follower's offered it for ever: the refusal never told it how far the follower is.</summary>
    [Fact]
    public async Task Begin_SnapshotNoNewerThanTheOwn_WantsNoBytesAndLetsTheMessageThrough()
    {
        var (older, _) = Foreign(10, 2, "older");
        using var storage = Open(NewDisk());
        storage.Append(Range(2, 1, 20), new HardState(2, 1, 20));
        storage.TakeSnapshot(15, "newer");
        var sink = new StorageSink(() => storage, () => throw new InvalidOperationException("nothing was received"));

        var at = await sink.BeginAsync(2, ToOffer(older), TestContext.Current.CancellationToken);
        await sink.CompleteAsync(TestContext.Current.CancellationToken);

        Assert.Equal(older.Snapshot.Length, at);
        Assert.Equal("newer", storage.State());
    }

    [Fact]
    public async Task Begin_WithoutThatRule_IsRefused()
    {
        var (older, _) = Foreign(10, 2, "older");
        using var storage = Open(NewDisk(), Options with { Rules = HostRules.All & ~HostRules.AnswerStaleSnapshot });
        storage.Append(Range(2, 1, 20), new HardState(2, 1, 20));
        storage.TakeSnapshot(15, "newer");
        var sink = new StorageSink(() => storage, () => null!);

        await Assert.ThrowsAnyAsync<Exception>(async () => await sink.BeginAsync(2, ToOffer(older), TestContext.Current.CancellationToken));
    }

    private static Host.Peers.Transfer.SnapshotOffer ToOffer(Snapshots.SnapshotOffer offer) =>
        new(offer.Snapshot.Meta, offer.Snapshot.Length, Convert.FromHexString(offer.Snapshot.Sha256));
}
