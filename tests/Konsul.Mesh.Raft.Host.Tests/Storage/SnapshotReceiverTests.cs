using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Snapshots that come from another node, by hostile or tired senders.</summary>
public sealed class SnapshotReceiverTests
{
    private static readonly string State = string.Concat(Enumerable.Range(0, 900).Select(i => $"key {i}\n"));

    private readonly FakeDisk _disk = NewDisk();
    private readonly (SnapshotOffer Offer, byte[] Content) _foreign = Foreign(50, 3, State);

    private static RaftStorage Behind(FakeDisk disk)
    {
        var storage = Open(disk);
        storage.Append(Range(1, 1, 20), new HardState(3, 2, 10));
        return storage;
    }

    [Fact]
    public void CommitSnapshot_BeyondTheLog_DropsTheLogAndRaisesTheCommitIndex()
    {
        using (var storage = Behind(_disk))
        {
            Assert.True(storage.CommitSnapshot(storage.Receive(_foreign.Offer, _foreign.Content), new HardState(3, 2, 10)));
            storage.Append(Range(3, 51, 53));
            storage.DropObsolete();
            Check(storage);
        }

        using var again = Open(_disk);
        Check(again);

        static void Check(RaftStorage storage)
        {
            Assert.Equal((50UL, State, new HardState(3, 2, 50)), (storage.Snapshot.Index, storage.State(), storage.HardState));
            Assert.Equal("3/51 3/52 3/53", storage.Text());
            Assert.Equal((LogRead.Ok, 3UL, LogRead.Compacted), (storage.TryGetTerm(50, out var term), term, storage.TryGetTerm(49, out _)));
            Assert.Equal(Founders, storage.Members);
        }
    }

    [Fact]
    public void CommitSnapshot_OfAnEntryThatTheLogHolds_KeepsWhatIsBehindIt()
    {
        using var storage = Behind(_disk);
        var (offer, content) = Foreign(15, 1, "at 15");

        Assert.True(storage.CommitSnapshot(storage.Receive(offer, content)));

        Assert.Equal((11UL, 20UL, 15UL, 15UL), (storage.FirstIndex, storage.LastIndex, storage.Snapshot.Index, storage.HardState.Commit));
    }

    [Fact]
    public void CommitSnapshot_OfAnEntryThatConflictsWithTheLog_DropsTheLog()
    {
        using var storage = Behind(_disk);
        var (offer, content) = Foreign(15, 2, "at 15");

        Assert.True(storage.CommitSnapshot(storage.Receive(offer, content)));

        Assert.Equal((16UL, 15UL), (storage.FirstIndex, storage.LastIndex));
    }

    [Fact]
    public void BeginReceive_AfterARestart_GoesOnWhereItEnded()
    {
        using (var storage = Behind(_disk))
        {
            using var receiver = storage.BeginReceive(_foreign.Offer);
            receiver.Write(0, _foreign.Content.AsSpan(0, 3000), Crc(_foreign.Content.AsSpan(0, 3000)));
            receiver.Write(3000, _foreign.Content.AsSpan(3000, 10), Crc(_foreign.Content.AsSpan(3000, 10)));
        }

        using var again = Open(_disk);
        using (var receiver = again.BeginReceive(_foreign.Offer))
        {
            Assert.Equal(3010, receiver.Offset);
        }

        again.CommitSnapshot(again.Receive(_foreign.Offer, _foreign.Content));
        Assert.Equal(State, again.State());
    }

    [Fact]
    public void BeginReceive_RestartBetweenCompleteAndCommit_NeedsNoByteAgain()
    {
        using (var storage = Behind(_disk))
        {
            storage.Receive(_foreign.Offer, _foreign.Content);
        }

        using var again = Open(_disk);
        using var receiver = again.BeginReceive(_foreign.Offer);
        Assert.True(receiver.IsFull);
        Assert.True(again.CommitSnapshot(receiver.Complete()));
        Assert.Equal(State, again.State());
    }

    [Fact]
    public void BeginReceive_PowerCutAtEveryOperation_EndsWithTheWholeSnapshot()
    {
        for (var at = 1; ; at++)
        {
            var disk = NewDisk();
            disk.OnOperation = _ =>
            {
                if (disk.Operations >= at + 20)
                {
                    throw new IOException("power cut", 5);
                }
            };
            var finished = Record.Exception(() =>
            {
                using var storage = Behind(disk);
                storage.CommitSnapshot(storage.Receive(_foreign.Offer, _foreign.Content));
            }) is null;

            using var again = Open(disk.AfterPowerCut(new Random(at)));
            if (again.LastIndex < 50)
            {
                var restarted = Record.Exception(() => again.Receive(_foreign.Offer, _foreign.Content)) is SnapshotRefusedException { Refusal: SnapshotRefusal.WrongHash };
                Assert.True(!restarted || !finished);
                again.CommitSnapshot(again.Receive(_foreign.Offer, _foreign.Content), new HardState(3, 2, 10));
            }

            Assert.Equal(State, again.State());
            if (finished)
            {
                Assert.True(at > 5);
                break;
            }
        }
    }

    [Fact]
    public void BeginReceive_AnotherOffer_TakesThePlaceOfThePartialOne()
    {
        using var storage = Behind(_disk);
        using (var receiver = storage.BeginReceive(_foreign.Offer))
        {
            receiver.Write(0, _foreign.Content.AsSpan(0, 3000), Crc(_foreign.Content.AsSpan(0, 3000)));
            Assert.Throws<InvalidOperationException>(() => storage.BeginReceive(_foreign.Offer));
        }

        var (newer, content) = Foreign(60, 3, "newer");
        storage.Receive(newer, content);

        Assert.Single(_disk.Names, n => n.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public void BeginReceive_WhatCannotBeTaken_IsRefusedWithoutAFile()
    {
        using var storage = Open(_disk, Options with { MaxSnapshotBytes = _foreign.Content.Length - 1 });
        storage.Append(Range(1, 1, 20), new HardState(1, 2, 10));
        storage.TakeSnapshot(9, "mine");
        var saved = _foreign.Offer.Snapshot;
        (SnapshotRefusal Refusal, SnapshotOffer Offer)[] bad =
        [
            (SnapshotRefusal.OtherCluster, _foreign.Offer with { ClusterId = "c2" }),
            (SnapshotRefusal.TooLarge, _foreign.Offer),
            (SnapshotRefusal.TooLarge, new("c1", saved with { Length = long.MaxValue })),
            (SnapshotRefusal.Malformed, new("c1", saved with { Length = -1 })),
            (SnapshotRefusal.Malformed, new("c1", saved with { Sha256 = "../../x" })),
            (SnapshotRefusal.Malformed, new("c1", saved with { Sha256 = new string('Z', 64) })),
            (SnapshotRefusal.Malformed, new("c1", saved with { Meta = Snapshot.None })),
            (SnapshotRefusal.Malformed, new("c1", saved with { Meta = saved.Meta with { Index = ulong.MaxValue } })),
            (SnapshotRefusal.Stale, new("c1", saved with { Length = 100, Meta = saved.Meta with { Index = 9 } })),
        ];

        foreach (var (refusal, offer) in bad)
        {
            Assert.Equal(refusal, Assert.Throws<SnapshotRefusedException>(() => storage.BeginReceive(offer)).Refusal);
        }

        Assert.DoesNotContain(_disk.Names, n => n.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_BadChunks_AreRefusedAndTheReceiverWorksOn()
    {
        using var storage = Behind(_disk);
        using var receiver = storage.BeginReceive(_foreign.Offer);
        var content = _foreign.Content;
        receiver.Write(0, content.AsSpan(0, 1000), Crc(content.AsSpan(0, 1000)));
        (SnapshotRefusal Refusal, long Offset, byte[] Bytes, uint Wrong)[] bad =
        [
            (SnapshotRefusal.WrongOffset, 0, content[..1000], 0),
            (SnapshotRefusal.WrongOffset, 1001, content[1001..2000], 0),
            (SnapshotRefusal.WrongOffset, -1, content[..1000], 0),
            (SnapshotRefusal.BadChunk, 1000, [], 0),
            (SnapshotRefusal.BadChunk, 1000, [.. content[1000..], 1], 0),
            (SnapshotRefusal.BadChunk, 1000, new byte[SnapshotReceiver.MaxChunk + 1], 0),
            (SnapshotRefusal.BadChecksum, 1000, content[1000..2000], 1),
        ];
        foreach (var (refusal, offset, bytes, wrong) in bad)
        {
            var e = Assert.Throws<SnapshotRefusedException>(() => receiver.Write(offset, bytes, Crc(bytes) ^ wrong));
            Assert.Equal((refusal, 1000L), (e.Refusal, e.Offset));
        }

        Assert.Equal(SnapshotRefusal.Incomplete, Assert.Throws<SnapshotRefusedException>(() => receiver.Complete()).Refusal);
        receiver.Write(1000, content.AsSpan(1000), Crc(content.AsSpan(1000)));
        Assert.True(storage.CommitSnapshot(receiver.Complete()));
        Assert.Equal(State, storage.State());
    }

    [Fact]
    public void Complete_WholeIsNotWhatWasOffered_StartsAgain()
    {
        using var storage = Behind(_disk);
        var wrong = _foreign.Content.ToArray();
        wrong[^1] ^= 1;

        var e = Assert.Throws<SnapshotRefusedException>(() => storage.Receive(_foreign.Offer, wrong));

        Assert.Equal((SnapshotRefusal.WrongHash, 0L), (e.Refusal, e.Offset));
        Assert.True(storage.CommitSnapshot(storage.Receive(_foreign.Offer, _foreign.Content)));
        Assert.Equal(State, storage.State());
    }

    [Fact]
    public void Complete_ConfigurationIsNotTheOfferedOne_IsRefused()
    {
        using var storage = Behind(_disk);
        var saved = _foreign.Offer.Snapshot;
        var lie = new SnapshotOffer("c1", saved with { Meta = saved.Meta with { Members = new ConfState { Voters = [1] } } });

        Assert.Equal(SnapshotRefusal.WrongHash, Assert.Throws<SnapshotRefusedException>(() => storage.Receive(lie, _foreign.Content)).Refusal);
    }

    [Fact]
    public void Write_DiskFull_TakesTheChunkWhenThereIsSpaceAgain()
    {
        using var storage = Behind(_disk);
        using var receiver = storage.BeginReceive(_foreign.Offer);
        var content = _foreign.Content;
        _disk.Capacity = _disk.Names.Sum(n => (long)_disk[n].Data.Length) + 10;

        Assert.Throws<DiskFullException>(() => receiver.Write(0, content, Crc(content)));
        storage.Append(Range(3, 21, 22));
        _disk.Capacity = long.MaxValue;
        receiver.Write(0, content, Crc(content));

        Assert.True(storage.CommitSnapshot(receiver.Complete()));
        Assert.Equal(State, storage.State());
    }

    [Fact]
    public void Open_PartialOfASnapshotThatIsBehindByNow_IsDeleted()
    {
        using (var storage = Open(_disk))
        {
            storage.Append(Range(1, 1, 80), new HardState(3, 2, 80));
            using (var receiver = storage.BeginReceive(_foreign.Offer))
            {
                receiver.Write(0, _foreign.Content.AsSpan(0, 9), Crc(_foreign.Content.AsSpan(0, 9)));
            }

            Assert.True(storage.CommitSnapshot(storage.Write(60, "s")));
        }

        using var again = Open(_disk);
        Assert.DoesNotContain(_disk.Names, n => n.EndsWith(".part", StringComparison.Ordinal));
        Assert.Equal(FileHeader.Size, _disk["identity"].Data.Length);
    }
}
