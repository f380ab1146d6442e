using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Bugs that other systems had in their logs and snapshots; the issue is named at each.</summary>
public sealed class KnownBugTests
{
    /// <summary>etcd 17780, 14685, 20271: a crash in the middle of compaction. Every operation of snapshot and compaction, every order of deletions.</summary>
    [Fact]
    public void C9_CrashInCompaction_LosesNothing()
    {
        var disk = NewDisk(Small);
        var storage = Open(disk, Small);
        for (ulong i = 1; i <= 100; i++)
        {
            storage.Append([E(1, i)], new HardState(1, 1, i));
        }

        var segments = disk.Segments();
        Assert.True(segments > 5);
        var (points, names) = (0, new HashSet<string>());
        disk.OnOperation = operation =>
        {
            names.Add(operation);
            for (var seed = 0; seed < 15; seed++)
            {
                points++;
                using var after = Open(disk.AfterPowerCut(new Random((points * 20) + seed)), Small);
                Assert.Equal((100UL, new HardState(1, 1, 100)), (after.LastIndex, after.HardState));
                Assert.True(after.FirstIndex <= after.Snapshot.Index + 1);
                Assert.Equal(Range(1, after.FirstIndex, 100), after.Entries(), (a, b) => a.Index == b.Index && a.Data.Span.SequenceEqual(b.Data.Span));
                Assert.Equal(after.Snapshot.Index == 0 ? "" : $"state {after.Snapshot.Index}", after.State());
            }
        };
        storage.TakeSnapshot(50, "state 50");
        storage.TakeSnapshot(99, "state 99");
        disk.OnOperation = null;

        Assert.True(disk.Segments() < segments / 2);
        Assert.Superset(new HashSet<string> { "create", "write", "sync", "rename", "sync directory", "delete" }, names);
        Assert.True(points > 300, $"{points}");
    }

    /// <summary>rafter 34, qdrant 1329, nebula 2419: a suffix was cut and not replaced, or replaced only in memory.</summary>
    [Fact]
    public void C11_CrashBetweenTruncateAndAppend_IsBeforeOrAfterBoth()
    {
        var disk = NewDisk(Small);
        var storage = Open(disk, Small);
        storage.Append(Range(1, 1, 20), new HardState(1, 1, 5));
        var before = storage.Text();
        var after = string.Join(' ', Range(1, 1, 9).Concat(Range(2, 10, 12)).Select(e => $"{e.Term}/{e.Index}"));
        var seen = new HashSet<string>();
        for (var write = 1; write <= 300; write += 29)
        {
            var copy = disk.Copy();
            copy.MaxWrite = write;
            using var target = Open(copy, Small);
            copy.OnOperation = _ =>
            {
                for (var seed = 0; seed < 10; seed++)
                {
                    using var found = Open(copy.AfterPowerCut(seed == 0 ? null : new Random(seed)), Small);
                    seen.Add(found.Text());
                    Assert.Equal(found.Text() == before ? new HardState(1, 1, 5) : new HardState(2, 3, 9), found.HardState);
                }
            };
            target.Append(Range(2, 10, 12), new HardState(2, 3, 9));
            copy.OnOperation = null;
            Assert.Equal(after, target.Text());
            using var cut = Open(copy.AfterPowerCut(null), Small);
            Assert.Equal(after, cut.Text());
            seen.Add(cut.Text());
        }

        Assert.Equal([before, after], seen.OrderByDescending(s => s.Length));
    }

    /// <summary>dotNext 244: compaction took the index for aligned to a partition.</summary>
    [Fact]
    public void C12_SnapshotAtAnyIndex_FitsAnyBatchesAndSegments()
    {
        for (ulong at = 1; at <= 40; at++)
        {
            var disk = NewDisk(Small);
            var random = new Random((int)at);
            var options = Small with { TrailingEntries = (int)at % 4 };
            using (var storage = Open(disk, options))
            {
                for (ulong next = 1; next <= 40;)
                {
                    var to = Math.Min(40, next + (ulong)random.Next(7));
                    storage.Append(Range(1, next, to), new HardState(1, 1, to));
                    next = to + 1;
                }

                storage.TakeSnapshot(at, $"state {at}");
                storage.Append(Range(1, 41, 43));
            }

            using var again = Open(disk, options);
            Assert.Equal((at - Math.Min(at, at % 4) + 1, 43UL, $"state {at}"), (again.FirstIndex, again.LastIndex, again.State()));
            Assert.Equal(43 - (int)again.FirstIndex + 1, again.Entries().Count);
        }
    }

    /// <summary>dotNext 299 and 300: the layout depended on the page size of the machine. Ours is what these bytes say, on every machine.</summary>
    [Fact]
    public void C15_Layout_DependsOnNoPageOrSectorSize()
    {
        var disk = NewDisk();
        using (var storage = Open(disk))
        {
            storage.Append([E(7, 1, "abc")], new HardState(7, 0, 0));
        }

        // Header 4096; founding batch: base 48 + 24 + 2 x 56 + 9 + 33, rounded to 8, hard state 56, marker 64; then the first batch.
        var wal = disk[LogFixture.Wal(1)].Data;
        const int Base = 48 + 184;
        int[] lengths = [178, 8, 16, 3, 8, 16];
        byte[] types = [5, 2, 3, 1, 2, 3];
        var at = 4096;
        for (var i = 0; i < types.Length; i++)
        {
            Assert.Equal((lengths[i], types[i]), (BitConverter.ToInt32(wal, at), wal[at + 4]));
            at += 48 + ((lengths[i] + 7) & ~7);
        }

        Assert.Equal(4096 + Base + 56 + 64 + 56 + 56 + 64, at);
        Assert.Equal(-1, wal.AsSpan(at).IndexOfAnyExcept((byte)0));
        Assert.Equal(RaftStorageDefaults(), (64 * 1024 * 1024, 10_240));

        static (long, int) RaftStorageDefaults()
        {
            var options = new RaftStorageOptions { Directory = Root };
            return (options.SegmentBytes, options.TrailingEntries);
        }
    }

    /// <summary>etcd 10219: the old log was let go before the hard state was durable: the commit index pointed beyond the log after a restart.</summary>
    [Fact]
    public void C19_CrashBetweenSnapshotAndReleaseOfTheLog_CommitIndexStaysInside()
    {
        var disk = NewDisk(Small);
        var storage = Open(disk, Small);
        storage.Append(Range(1, 1, 60), new HardState(4, 2, 30));
        var (offer, content) = Foreign(500, 4, "received");
        var installed = 0;
        disk.OnOperation = _ =>
        {
            for (var seed = 0; seed < 25; seed++)
            {
                using var after = Open(disk.AfterPowerCut(seed == 0 ? null : new Random(seed)), Small);
                Assert.InRange(after.HardState.Commit, after.Snapshot.Index, after.LastIndex);
                Assert.Equal((4UL, 2UL), (after.HardState.Term, after.HardState.Vote));
                if (after.Snapshot.Index == 500)
                {
                    installed++;
                    Assert.Equal((501UL, 500UL, 500UL, "received"), (after.FirstIndex, after.LastIndex, after.HardState.Commit, after.State()));
                }
                else
                {
                    Assert.Equal((1UL, 60UL, 30UL), (after.FirstIndex, after.LastIndex, after.HardState.Commit));
                }
            }
        };
        storage.CommitSnapshot(storage.Receive(offer, content), new HardState(4, 2, 30));
        storage.DropObsolete();
        disk.OnOperation = null;

        Assert.True(installed > 12, $"{installed}");
        Assert.InRange(disk.Segments(), 1, 2);
    }

    /// <summary>camunda 3573: an older snapshot was restored although the log did not go on behind it.</summary>
    [Fact]
    public void OlderSnapshotBehindAReceivedOne_IsNoFallback()
    {
        var disk = NewDisk(Small);
        using (var storage = Open(disk, Small))
        {
            storage.Append(Range(1, 1, 20), new HardState(1, 1, 20));
            storage.TakeSnapshot(15, "mine");
            var (offer, content) = Foreign(100, 1, "received");
            storage.CommitSnapshot(storage.Receive(offer, content));
        }

        disk[Snapshots().Max()!].Data[5000 - 900] ^= 1;

        Assert.Throws<LogDamagedException>(() => Open(disk, Small));

        IEnumerable<string> Snapshots() => disk.Names.Where(n => n.StartsWith("snap", StringComparison.Ordinal));
    }
}
