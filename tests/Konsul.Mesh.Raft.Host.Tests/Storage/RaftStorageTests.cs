using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

public sealed class RaftStorageTests
{
    private readonly FakeDisk _disk = NewDisk();

    [Fact]
    public void Open_New_HoldsFoundersAndNothingElse()
    {
        using var storage = Open(_disk);

        Assert.Equal((1UL, 0UL, default), (storage.FirstIndex, storage.LastIndex, storage.HardState));
        Assert.Equal(Founders, storage.Members);
        Assert.True(storage.Snapshot.IsEmpty);
        Assert.Equal(Identity, storage.Identity);
        Assert.Equal((LogRead.Ok, 0UL), (storage.TryGetTerm(0, out var term), term));
        Assert.Equal(LogRead.Unavailable, storage.TryGetTerm(1, out _));
        Assert.Equal(new StorageRepair(), storage.Repair);
        Assert.Null(storage.OpenSnapshot());
    }

    [Fact]
    public void Append_EntriesOfAllTypesAndHardState_AreThereAfterReopening()
    {
        using (var storage = Open(_disk))
        {
            storage.Append([E(1, 1), new Entry(1, 2, EntryType.ConfChange, new byte[] { 0, 1 }), new Entry(1, 3, EntryType.ConfChangeV2, default)], new(1, 2, 0));
            storage.Append([E(2, 4, "")], new HardState(2, 3, 2));
        }

        using var again = Open(_disk);
        Assert.Equal(
            [(1UL, 1UL, EntryType.Normal, 3), (1UL, 2UL, EntryType.ConfChange, 2), (1UL, 3UL, EntryType.ConfChangeV2, 0), (2UL, 4UL, EntryType.Normal, 0)],
            again.Entries().Select(e => (e.Term, e.Index, e.Type, e.Data.Length)));
        Assert.Equal(new HardState(2, 3, 2), again.HardState);
        Assert.Equal((LogRead.Ok, 2UL), (again.TryGetTerm(4, out var term), term));
    }

    [Fact]
    public void Append_ConflictingSuffix_ReplacesItForGood()
    {
        using (var storage = Open(_disk))
        {
            storage.Append(Range(1, 1, 9), new HardState(1, 1, 2));
            storage.Append(Range(2, 4, 5), new HardState(2, 1, 2));
            Assert.Equal("1/1 1/2 1/3 2/4 2/5", storage.Text());
            storage.Append(Range(3, 3, 3), new HardState(3, 1, 2));
        }

        using var again = Open(_disk);
        Assert.Equal("1/1 1/2 3/3", again.Text());
        Assert.Equal(LogRead.Unavailable, again.TryGetTerm(4, out _));
    }

    [Fact]
    public void Append_OneBatch_IsSyncedOnce()
    {
        using var storage = Open(_disk);
        storage.Append(Range(1, 1, 3), new HardState(1, 1, 0));
        var syncs = _disk.Syncs;

        storage.Append(Range(2, 2, 60), new HardState(2, 2, 1));

        Assert.Equal(syncs + 1, _disk.Syncs);
    }

    [Fact]
    public void Append_CommitIndexAloneWithoutSync_TouchesNoDiskAndGoesWithTheNextBatch()
    {
        var storage = Open(_disk);
        storage.Append(Range(1, 1, 3), new HardState(1, 1, 0));
        var operations = _disk.Operations;

        storage.Append([], new HardState(1, 1, 2), mustSync: false);

        Assert.Equal(operations, _disk.Operations);
        Assert.Equal(2UL, storage.HardState.Commit);
        using (var cut = Open(_disk.AfterPowerCut(null)))
        {
            Assert.Equal(new HardState(1, 1, 0), cut.HardState);
        }

        storage.Append([E(1, 4)], mustSync: false);
        using (var cut = Open(_disk.AfterPowerCut(null)))
        {
            Assert.Equal(new HardState(1, 1, 2), cut.HardState);
        }

        storage.Append([], new HardState(1, 1, 4), mustSync: false);
        storage.Dispose();
        using var again = Open(_disk);
        Assert.Equal(new HardState(1, 1, 4), again.HardState);
    }

    [Fact]
    public void Append_VoteWithoutSyncAsked_IsDurableAllTheSame()
    {
        using var storage = Open(_disk);

        storage.Append([], new HardState(5, 2, 0), mustSync: false);

        using var cut = Open(_disk.AfterPowerCut(null));
        Assert.Equal(new HardState(5, 2, 0), cut.HardState);
    }

    [Fact]
    public void Append_WhatWouldBreakTheLog_IsRefusedAndWritesNothing()
    {
        using var storage = Open(_disk);
        storage.Append(Range(2, 1, 6), new HardState(2, 1, 3));
        var operations = _disk.Operations;
        (string Name, Entry[] Entries, HardState State)[] broken =
        [
            ("gap behind the log", [E(2, 8)], new(2, 1, 3)),
            ("gap in the batch", [E(2, 7), E(2, 9)], new(2, 1, 3)),
            ("index 0", [E(2, 0)], new(2, 1, 3)),
            ("committed entry replaced", [E(3, 3)], new(3, 1, 3)),
            ("committed entry dropped", [E(2, 2)], new(2, 1, 3)),
            ("terms that fall in the batch", [E(2, 7), E(1, 8)], new(2, 1, 3)),
            ("terms that fall behind the log", [E(1, 7)], new(2, 1, 3)),
            ("entry of a term not reached", [E(3, 7)], new(2, 1, 3)),
            ("entry type unknown", [E(2, 7) with { Type = (EntryType)9 }], new(2, 1, 3)),
            ("term falls", [], new(1, 0, 3)),
            ("commit falls", [], new(2, 1, 2)),
            ("commit beyond the log", [], new(2, 1, 7)),
            ("second vote", [], new(2, 2, 3)),
            ("vote forgotten", [], new(2, 0, 3)),
        ];

        foreach (var (name, entries, state) in broken)
        {
            Assert.True(Record.Exception(() => storage.Append(entries, state)) is InvalidOperationException, name);
        }

        Assert.Equal(operations, _disk.Operations);
        storage.Append([E(2, 3), E(2, 4)]);
        Assert.Equal("2/1 2/2 2/3 2/4", storage.Text());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(40)]
    public void TryGetEntries_MoreThanFitsIntoMemory_ReadsTheRestFromTheSegments(long memory)
    {
        var options = Small with { MemoryBytes = memory };
        using (var storage = Open(_disk, options))
        {
            storage.Append(Range(1, 1, 30), new HardState(1, 1, 3));
            storage.Append(Range(1, 31, 60));
            storage.Append(Range(2, 20, 40), new HardState(2, 1, 3));
            Check(storage);
        }

        using var again = Open(_disk, options);
        Check(again);

        void Check(RaftStorage storage)
        {
            Assert.Equal(string.Join(' ', Range(1, 1, 19).Concat(Range(2, 20, 40)).Select(e => $"{e.Term}/{e.Index}")), storage.Text());
            Assert.InRange(storage.Status.MemoryBytes, 0, Math.Max(memory, 4));
        }
    }

    [Fact]
    public void TryGetEntries_Limits_GivesOneAndThenWhatFits()
    {
        using var storage = Open(_disk);
        storage.Append(Range(1, 1, 9), new HardState(1, 1, 0));

        Assert.Equal(1, Count(1, 10, 0));
        Assert.Equal(2, Count(1, 10, 6));
        Assert.Equal(2, Count(1, 10, 8));
        Assert.Equal(3, Count(4, 7, 1000));
        var none = new List<Entry>();
        Assert.Equal(LogRead.Unavailable, storage.TryGetEntries(9, 11, 1000, none));
        Assert.Equal(LogRead.Compacted, storage.TryGetEntries(0, 2, 1000, none));
        Assert.Empty(none);

        int Count(ulong low, ulong high, ulong bytes)
        {
            var into = new List<Entry>();
            Assert.Equal(LogRead.Ok, storage.TryGetEntries(low, high, bytes, into));
            return into.Count;
        }
    }

    [Fact]
    public void TryGetEntries_DamagedOnDisk_IsRefusedByName()
    {
        using var storage = Open(_disk, Options with { MemoryBytes = 0 });
        storage.Append(Range(1, 1, 9), new HardState(1, 1, 0));
        var data = _disk[LogFixture.Wal(1)].Data;
        data[4096 + 700] ^= 4;

        var e = Assert.Throws<LogDamagedException>(() => storage.Entries());

        Assert.Contains("is not there any more as it was written", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_SlowSync_IsMeasuredAndLogged()
    {
        var (time, log, syncs) = (new ManualTimeProvider(), new LogLines(), new List<TimeSpan>());
        using var storage = RaftStorage.Open(Options with { OnSync = syncs.Add }, time, log, _disk);
        _disk.OnOperation = o => time.Advance(o == "sync" ? TimeSpan.FromSeconds(1.5) : TimeSpan.Zero);

        storage.Append([E(1, 1)], new HardState(1, 1, 0));
        _disk.OnOperation = null;
        storage.Append([E(1, 2)]);

        Assert.Equal([TimeSpan.FromSeconds(1.5), TimeSpan.Zero], syncs);
        Assert.Equal(["Making a batch durable took 1500 ms: the disk is slow"], log.Lines);
    }

    [Fact]
    public void Append_LargerThanASegment_GetsASegmentOfItsOwn()
    {
        using (var storage = Open(_disk, Small))
        {
            storage.Append([E(1, 1, new string('x', 50_000)), E(1, 2)], new HardState(1, 1, 0));
            storage.Append([E(1, 3)]);
        }

        using var again = Open(_disk, Small);
        Assert.Equal([50_000, 3, 3], again.Entries().Select(e => e.Data.Length));
    }

    [Fact]
    public void Status_CountsWhatWasWritten()
    {
        var time = new ManualTimeProvider();
        var syncs = new List<TimeSpan>();
        var disk = new FakeDisk();
        var options = Small with { OnSync = syncs.Add };
        RaftStorage.Initialize(options, Identity, Founders, time, disk);
        Assert.Empty(syncs);
        using var storage = RaftStorage.Open(options, time, NullLogger.Instance, disk);
        time.Advance(TimeSpan.FromMinutes(3));
        for (ulong i = 1; i <= 20; i++)
        {
            storage.Append([E(1, i)], new HardState(1, 1, i));
        }

        var status = storage.Status;

        Assert.Equal((1UL, 20UL, 0UL, ""), (status.FirstIndex, status.LastIndex, status.SnapshotIndex, status.Failure));
        Assert.Equal(disk.Segments(), status.Segments);
        Assert.True(status.Segments > 1);
        Assert.Equal(20 + (2 * (status.Segments - 1)), syncs.Count);
        Assert.Equal(20 + status.Segments - 1, status.Syncs);
        Assert.InRange(status.LogBytes, status.WrittenBytes, status.WrittenBytes + 1000);
        Assert.Equal(Range(1, 1, 20).Sum(e => e.Data.Length), status.MemoryBytes);
        Assert.Equal(TimeSpan.FromMinutes(3), status.OldestLogAge);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(4), storage.Status.OldestLogAge);
    }
}
