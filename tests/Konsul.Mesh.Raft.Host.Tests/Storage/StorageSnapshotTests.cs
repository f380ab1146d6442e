using System.Text;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Snapshots that a node takes itself, and what becomes of the log.</summary>
public sealed class StorageSnapshotTests
{
    private readonly FakeDisk _disk = NewDisk();

    [Fact]
    public void CommitSnapshot_WhileEntriesWereAppended_KeepsThemAndATrailingWindow()
    {
        var members = Founders with { Learners = [9], VotersOutgoing = [1, 2], LearnersNext = [2], AutoLeave = true };
        using (var storage = Open(_disk))
        {
            storage.Append(Range(1, 1, 20), new HardState(1, 1, 20));
            using var writer = storage.BeginSnapshot(new Snapshot(18, 1, members));
            writer.Stream.Write("state at 18"u8);
            storage.Append(Range(2, 21, 25), new HardState(2, 1, 22));
            Assert.True(storage.CommitSnapshot(writer.Complete()));
            storage.DropObsolete();
            Check(storage);
        }

        using var again = Open(_disk);
        Check(again);

        void Check(RaftStorage storage)
        {
            Assert.Equal((14UL, 25UL, new Snapshot(18, 1, members)), (storage.FirstIndex, storage.LastIndex, storage.Snapshot));
            Assert.Equal((LogRead.Ok, 1UL), (storage.TryGetTerm(13, out var term), term));
            Assert.Equal(LogRead.Compacted, storage.TryGetTerm(12, out _));
            Assert.Equal("1/14 1/15 1/16 1/17 1/18 2/21 2/22 2/23 2/24 2/25".Replace("1/18 ", "1/18 1/19 1/20 ", StringComparison.Ordinal), storage.Text());
            Assert.Equal(members, storage.Members);
            Assert.Equal("state at 18", storage.State());
            Assert.Equal(new HardState(2, 1, 22), storage.HardState);
        }
    }

    [Fact]
    public void DropObsolete_ManySnapshots_KeepsTwoAndTheSegmentsOfTheWindow()
    {
        using (var storage = Open(_disk, Small))
        {
            for (ulong i = 1; i <= 200; i++)
            {
                storage.Append([E(1, i)], new HardState(1, 1, i));
                if (i % 40 == 0)
                {
                    storage.TakeSnapshot(i, $"state {i}");
                }
            }

            Assert.Equal((196UL, 200UL), (storage.FirstIndex, storage.LastIndex));
            Assert.InRange(_disk.Segments(), 1, 3);
            Assert.Equal([SnapshotFile.NameOf(160), SnapshotFile.NameOf(200)], _disk.Names.Where(n => n.StartsWith("snap", StringComparison.Ordinal)));
        }

        using var again = Open(_disk, Small);
        Assert.Equal("1/196 1/197 1/198 1/199 1/200", again.Text());
        Assert.Equal("state 200", again.State());
    }

    [Fact]
    public void CommitSnapshot_WindowOfBytes_EndsTheTrailingEntriesEarlier()
    {
        using var storage = Open(_disk, Options with { TrailingEntries = 100, TrailingBytes = 2500 });
        storage.Append([.. Range(1, 1, 9).Select(e => e with { Data = new byte[1000] })], new HardState(1, 1, 9));

        storage.TakeSnapshot(8, "s");

        Assert.Equal(7UL, storage.FirstIndex);
    }

    [Fact]
    public void CommitSnapshot_NoNewerThanTheOneThereIs_IsDroppedAndDeleted()
    {
        using var storage = Open(_disk);
        storage.Append(Range(1, 1, 20), new HardState(1, 1, 20));
        var old = storage.Write(7, "old");
        storage.TakeSnapshot(9, "new");

        Assert.False(storage.CommitSnapshot(old));

        Assert.Equal("new", storage.State());
        Assert.DoesNotContain(_disk.Names, n => n.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void BeginSnapshot_DisposedOrASecondOne_LeavesNothingBehind()
    {
        using var storage = Open(_disk);
        storage.Append(Range(1, 1, 9), new HardState(1, 1, 9));
        using (var first = storage.BeginSnapshot(new Snapshot(5, 1, Founders)))
        {
            first.Stream.Write(new byte[300_000]);
            Assert.Throws<InvalidOperationException>(() => storage.BeginSnapshot(new Snapshot(6, 1, Founders)));
        }

        Assert.DoesNotContain(_disk.Names, n => n.StartsWith("snap", StringComparison.Ordinal));
        storage.TakeSnapshot(6, "s");
        Assert.Equal("s", storage.State());
    }

    [Theory]
    [InlineData(10UL, 2UL)]
    [InlineData(9UL, 1UL)]
    [InlineData(99UL, 2UL)]
    [InlineData(0UL, 0UL)]
    public void BeginSnapshot_OfNoCommittedEntry_IsRefused(ulong index, ulong term)
    {
        using var storage = Open(_disk);
        storage.Append(Range(2, 1, 20), new HardState(2, 1, 9));

        Assert.Throws<InvalidOperationException>(() => storage.BeginSnapshot(new Snapshot(index, term, Founders)));

        storage.TakeSnapshot(9, "s");
    }

    [Fact]
    public void OpenSnapshot_WhileItGrowsOld_StaysReadableInChunksFromAnyOffset()
    {
        using var storage = Open(_disk);
        storage.Append(Range(1, 1, 20), new HardState(1, 1, 20));
        var state = new string('s', 5000);
        storage.TakeSnapshot(5, state);
        using var reader = storage.OpenSnapshot()!;
        storage.TakeSnapshot(9, "b");
        storage.TakeSnapshot(12, "c");
        Assert.DoesNotContain(SnapshotFile.NameOf(5), _disk.Names);

        var content = new byte[reader.Saved.Length];
        for (long at = 0; at < content.Length; at += 777)
        {
            var into = content.AsSpan((int)at, (int)Math.Min(777, content.Length - at));
            Assert.Equal(into.Length, reader.ReadChunk(at, into, out var crc));
            Assert.Equal(Crc(into), crc);
        }

        Assert.Equal(0, reader.ReadChunk(content.Length, new byte[9], out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.ReadChunk(content.Length + 1, new byte[9], out _));
        Assert.EndsWith(state, Encoding.UTF8.GetString(content), StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)), reader.Saved.Sha256);
        reader.Verify();
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("cut")]
    [InlineData("delete")]
    public void Open_NewestSnapshotBadButTheLogReachesBack_UsesTheOneBefore(string how)
    {
        using (var storage = Open(_disk, Options with { TrailingEntries = 50 }))
        {
            storage.Append(Range(1, 1, 40), new HardState(1, 1, 40));
            storage.TakeSnapshot(20, "state 20");
            storage.TakeSnapshot(30, "state 30");
        }

        Spoil(_disk, SnapshotFile.NameOf(30), how);

        using (var again = Open(_disk, Options))
        {
            Assert.Equal((20UL, "state 20", 30UL), (again.Snapshot.Index, again.State(), again.Repair.BadSnapshot));
            Assert.Equal((1UL, 40UL), (again.FirstIndex, again.LastIndex));
            Assert.Equal(how == "delete" ? 0 : 1, _disk.Names.Count(n => n.EndsWith(".broken", StringComparison.Ordinal)));
            again.TakeSnapshot(35, "state 35");
        }

        using var later = Open(_disk, Options);
        Assert.Equal((35UL, 0UL), (later.Snapshot.Index, later.Repair.BadSnapshot));
        Assert.Equal((31UL, 40UL), (later.FirstIndex, later.LastIndex));
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("cut")]
    [InlineData("delete")]
    public void Open_OnlySnapshotBadAndTheLogDoesNotReachBack_IsRefusedAndNothingChanged(string how)
    {
        using (var storage = Open(_disk))
        {
            storage.Append(Range(1, 1, 40), new HardState(1, 1, 40));
            storage.TakeSnapshot(20, "state 20");
            storage.TakeSnapshot(30, "state 30");
        }

        Spoil(_disk, SnapshotFile.NameOf(30), how);
        var changes = _disk.Changes;

        var e = Assert.Throws<LogDamagedException>(() => Open(_disk));

        Assert.Equal(SnapshotFile.NameOf(30), Path.GetFileName(e.File));
        Assert.Equal(changes, _disk.Changes);
    }

    [Fact]
    public void Open_SnapshotOfAnotherHistoryUnderTheSameName_IsRefused()
    {
        var other = NewDisk();
        foreach (var (disk, state) in new[] { (_disk, "mine"), (other, "other") })
        {
            using var storage = Open(disk);
            storage.Append(Range(1, 1, 40), new HardState(1, 1, 40));
            storage.TakeSnapshot(20, state);
        }

        _disk[SnapshotFile.NameOf(20)].Data = other[SnapshotFile.NameOf(20)].Data;

        Assert.Contains("it is another one", Assert.Throws<LogDamagedException>(() => Open(_disk)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CommitSnapshot_ThatContradictsACommittedEntry_IsRefused()
    {
        using var storage = Open(_disk);
        storage.Append(Range(2, 1, 20), new HardState(2, 1, 10));
        var (offer, content) = Foreign(8, 1, "other history");

        var e = Assert.Throws<InvalidOperationException>(() => storage.CommitSnapshot(storage.Receive(offer, content)));

        Assert.Contains("contradicts the committed entry", e.Message, StringComparison.Ordinal);
        Assert.Equal((0UL, 20UL), (storage.Snapshot.Index, storage.LastIndex));
    }

    private static void Spoil(FakeDisk disk, string name, string how)
    {
        switch (how)
        {
            case "flip":
                disk[name].Data[FileHeader.Size + 60] ^= 1;
                break;
            case "cut":
                disk[name].Data = disk[name].Data[..^1];
                break;
            default:
                disk.Delete($"{Root}/{name}");
                break;
        }
    }
}
