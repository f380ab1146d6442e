using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Disks that refuse.</summary>
public sealed class StorageFaultTests
{
    private readonly FakeDisk _disk = NewDisk(Small);

    /// <summary>Each operation of a use of everything fails once; after that the storage must never touch the disk again.</summary>
    [Fact]
    public void AnyOperation_Fails_StopsTheStorageForGood()
    {
        for (var at = 1; ; at++)
        {
            var disk = _disk.Copy();
            var storage = Open(disk, Small);
            var opened = disk.Operations;
            var failed = "";
            disk.OnOperation = operation =>
            {
                if (disk.Operations == opened + at)
                {
                    failed = operation;
                    throw new IOException("Input/output error", 5);
                }
            };
            var acknowledged = 0UL;
            var error = Record.Exception(() => acknowledged = UseEverything(storage, a => acknowledged = a));
            if (failed.Length == 0)
            {
                Assert.Null(error);
                Assert.True(at > 60, $"{at} operations");
                storage.Dispose();
                return;
            }

            Assert.True(error is LogStoppedException or IOException, $"{at} {failed}: {error}");
            var operations = disk.Operations;
            Assert.Contains("Input/output error", storage.Status.Failure, StringComparison.Ordinal);
            Assert.Throws<LogStoppedException>(() => storage.Append([], new HardState(99, 1, 0)));
            Assert.Throws<LogStoppedException>(() => storage.BeginSnapshot(new Snapshot(1, 1, Founders)));
            Assert.Throws<LogStoppedException>(storage.DropObsolete);
            Assert.True(storage.LastIndex >= acknowledged);
            storage.Dispose();
            Assert.Equal(operations, disk.Operations);
            disk.OnOperation = null;
            using var again = Open(disk.AfterPowerCut(new Random(at)), Small);
            Assert.True(again.LastIndex >= acknowledged, $"{at} {failed}: {acknowledged} acknowledged, {again.LastIndex} there");
        }
    }

    [Fact]
    public void Open_AnyReadFails_SaysSoAndChangesNothing()
    {
        using (var storage = Open(_disk, Small))
        {
            storage.Append(Range(1, 1, 40), new HardState(1, 1, 40));
            storage.TakeSnapshot(30, "s");
        }

        for (var at = 1; ; at++)
        {
            var disk = _disk.Copy();
            var reads = 0;
            disk.OnRead = _ =>
            {
                if (++reads == at)
                {
                    throw new IOException("Input/output error", 5);
                }
            };
            var error = Record.Exception(() => Open(disk, Small).Dispose());
            if (reads < at)
            {
                Assert.Null(error);
                Assert.True(at > 15, $"{at} reads");
                return;
            }

            Assert.True(error is IOException, $"read {at}: {error}");
            Assert.Equal(0, disk.Changes);
            using var again = Open(disk, Small);
            Assert.Equal((40UL, "s"), (again.LastIndex, again.State()));
        }
    }

    [Fact]
    public void TryGetEntries_DiskFails_SaysSoAndReadsAgainLater()
    {
        using var storage = Open(_disk, Small with { MemoryBytes = 0 });
        storage.Append(Range(1, 1, 9), new HardState(1, 1, 0));
        _disk.OnRead = _ => throw new IOException("Input/output error", 5);
        Assert.Throws<IOException>(() => storage.Entries());
        _disk.OnRead = null;

        Assert.Equal(9, storage.Entries().Count);
    }

    [Fact]
    public void Append_SyncSaysDiskFull_StopsTooBecauseTheWriteMayBeLost()
    {
        using var storage = Open(_disk);
        Refuse("sync", 28);

        Assert.Throws<LogStoppedException>(() => storage.Append([E(1, 1)], new HardState(1, 1, 0)));
        Assert.Equal(0UL, storage.LastIndex);
    }

    /// <summary>After a failed sync the kernel shows what the disk does not have (fsyncgate): a restart must not take that for durable.</summary>
    [Fact]
    public void Open_AfterAFailedSync_BelievesTheDiskAndNotTheMemory()
    {
        using (var storage = Open(_disk))
        {
            storage.Append([E(1, 1)], new HardState(1, 1, 0));
            Refuse("sync", 5);
            Assert.Throws<LogStoppedException>(() => storage.Append([E(1, 2)]));
        }

        _disk.OnOperation = null;
        using var again = Open(_disk);
        using var cut = Open(_disk.AfterPowerCut(null));
        Assert.Equal((1UL, 1UL), (again.LastIndex, cut.LastIndex));
    }

    /// <summary>A process that is killed between write and sync leaves a batch that only memory has; who reads it back must make it durable first.</summary>
    [Fact]
    public void Open_AfterAKillBeforeTheSync_MakesDurableWhatItShows()
    {
        var killed = NewDisk();
        var first = Open(killed);
        killed.OnOperation = o =>
        {
            if (o == "sync")
            {
                throw new InvalidOperationException("killed");
            }
        };
        Assert.Throws<LogStoppedException>(() => first.Append([E(1, 1)], new HardState(1, 1, 0)));
        killed.OnOperation = null;
        killed.ReleaseLocks();

        using var again = Open(killed);
        using var cut = Open(killed.AfterPowerCut(null));

        Assert.Equal((1UL, 1UL), (again.LastIndex, cut.LastIndex));
    }

    [Fact]
    public void Append_DiskFull_RefusesWritesKeepsReadsAndGoesOnWithSpace()
    {
        using (var storage = Open(_disk, Small))
        {
            _disk.Capacity = 30_000;
            var last = 0UL;
            while (Record.Exception(() => storage.Append([E(1, last + 1)], new HardState(1, 1, 0))) is not DiskFullException)
            {
                last++;
                Assert.True(last < 1000, "the disk never filled up");
            }

            Assert.Equal((last, "", new HardState(1, 1, 0)), (storage.LastIndex, storage.Status.Failure, storage.HardState));
            Assert.Equal((int)last, storage.Entries().Count);
            Assert.Throws<DiskFullException>(() => storage.Append([E(1, last + 1)]));
            _disk.Capacity = long.MaxValue;
            storage.Append([E(1, last + 1)]);
            storage.Append([E(2, last)], new HardState(2, 1, 0));
        }

        using var again = Open(_disk, Small);
        Assert.EndsWith($" 1/{again.LastIndex - 1} 2/{again.LastIndex}", again.Text(), StringComparison.Ordinal);
    }

    /// <summary>What the refused write left must not pass for the end of the log when the batch in its place is damaged later.</summary>
    [Fact]
    public void Append_DiskFullInTheMiddleOfAWrite_LeavesNothingBehindThatHidesDamage()
    {
        var disk = NewDisk();
        using (var storage = Open(disk))
        {
            storage.Append([E(1, 1)], new HardState(1, 1, 0));
            disk.MaxWrite = 40;
            var writes = 0;
            disk.OnOperation = o =>
            {
                if (o == "write" && ++writes == 20)
                {
                    throw new IOException("No space left on device", 28);
                }
            };
            Assert.Throws<DiskFullException>(() => storage.Append([E(1, 2, new string('x', 3000))]));
            disk.OnOperation = null;
            storage.Append([E(1, 2)]);
        }

        var data = disk[LogFixture.Wal(1)].Data;
        data[Array.FindLastIndex(data, b => b != 0) - 90] ^= 1;
        Assert.Contains("no torn tail", Assert.Throws<LogDamagedException>(() => Open(disk)).Message, StringComparison.Ordinal);
        data[Array.FindLastIndex(data, b => b != 0) - 90] ^= 1;
        using var again = Open(disk);
        Assert.Equal("1/1 1/2", again.Text());
    }

    [Fact]
    public void CommitSnapshot_DiskFullBetweenFileAndRecord_CanBeDoneAgain()
    {
        using var storage = Open(_disk, Small);
        storage.Append(Range(1, 1, 12), new HardState(1, 1, 12));
        var staged = storage.Write(10, "s");
        var syncs = 0;
        _disk.OnOperation = o =>
        {
            if (o == "write" && syncs++ == 0)
            {
                throw new IOException("No space left on device", 28);
            }
        };
        Assert.Throws<DiskFullException>(() => storage.CommitSnapshot(staged));
        Assert.Equal(0UL, storage.Snapshot.Index);
        storage.DropObsolete();

        Assert.True(storage.CommitSnapshot(staged));
        Assert.Equal("s", storage.State());
    }

    /// <summary>The storage stopped for good when there was no room for even the first bytes of a snapshot.</summary>
    [Fact]
    public void BeginSnapshot_DiskFullAtItsFirstByte_FailsThatSnapshotAndTheLogGoesOn()
    {
        using var storage = Open(_disk, Small);
        storage.Append(Range(1, 1, 3), new HardState(1, 1, 3));
        _disk.Capacity = _disk.Used;

        Assert.Throws<DiskFullException>(() => storage.Write(3, "s"));

        Assert.Equal("", storage.Status.Failure);
        _disk.Capacity = long.MaxValue;
        storage.TakeSnapshot(3, "s");
        Assert.Equal("s", storage.State());
    }

    [Fact]
    public void BeginSnapshot_DiskFull_FailsThatSnapshotAndTheLogGoesOn()
    {
        using var storage = Open(_disk);
        storage.Append(Range(1, 1, 3), new HardState(1, 1, 3));
        _disk.Capacity = _disk.Names.Sum(n => (long)_disk[n].Data.Length) + 5000;

        Assert.Throws<DiskFullException>(() => storage.Write(3, new string('x', 10_000)));
        storage.Append(Range(1, 4, 5));
        _disk.Capacity = long.MaxValue;
        storage.TakeSnapshot(3, "s");

        Assert.Equal((3UL, 5UL), (storage.Snapshot.Index, storage.LastIndex));
    }

    [Fact]
    public void Append_ShortWrites_AreContinued()
    {
        _disk.MaxWrite = 7;
        using (var storage = Open(_disk, Small))
        {
            for (ulong i = 1; i <= 30; i++)
            {
                storage.Append([E(1, i)], new HardState(1, 1, i));
            }
        }

        using var again = Open(_disk, Small);
        Assert.Equal(30, again.Entries().Count);
    }

    [Fact]
    public void Append_WriteThatTakesNothing_StopsTheStorage()
    {
        using var storage = Open(_disk);
        _disk.MaxWrite = 0;

        Assert.Throws<LogStoppedException>(() => storage.Append([E(1, 1)], new HardState(1, 1, 0)));
    }

    private static ulong UseEverything(RaftStorage storage, Action<ulong> acknowledged)
    {
        for (ulong i = 1; i <= 30; i++)
        {
            storage.Append([E(1, i, new string('x', 150))], new HardState(1, 1, i - 1));
            acknowledged(i);
            if (i % 10 == 0)
            {
                storage.TakeSnapshot(i - 2, "state");
            }
        }

        var (offer, content) = Foreign(40, 1, "received");
        Assert.True(storage.CommitSnapshot(storage.Receive(offer, content, chunk: 30)));
        acknowledged(40);
        storage.DropObsolete();
        return 40;
    }

    private void Refuse(string operation, int error) => _disk.OnOperation = o =>
    {
        if (o == operation)
        {
            throw new IOException("refused", error);
        }
    };
}
