using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>The same on a file system of this machine, with its real fdatasync, locks and threads.</summary>
public sealed class RealStorageTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private RaftStorageOptions RealOptions => Options with { Directory = _folder.File("raft"), SegmentBytes = 64 * 1024, MemoryBytes = 4096, TrailingEntries = 50 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Storage_FromFirstStartOverSnapshotsToReopening_KeepsEverything()
    {
        Assert.Null(RaftStorage.ReadIdentity(RealOptions.Directory));
        RaftStorage.Initialize(RealOptions, Identity, Founders, TimeProvider.System);
        Assert.Equal(Identity, RaftStorage.ReadIdentity(RealOptions.Directory));
        using (var storage = OpenReal())
        {
            Assert.Throws<IOException>(OpenReal);
            for (ulong i = 1; i <= 400; i++)
            {
                storage.Append([E(1, i, new string('x', 300))], new HardState(1, 1, i));
            }

            storage.TakeSnapshot(300, "state 300");
            storage.TakeSnapshot(350, "state 350");
            var (offer, content) = Foreign(1000, 1, new string('r', 100_000));
            Assert.True(storage.CommitSnapshot(storage.Receive(offer, content)));
            storage.DropObsolete();
            storage.Append(Range(1, 1001, 1100));
        }

        using var again = OpenReal();
        Assert.Equal((1001UL, 1100UL, 1000UL, 100_000), (again.FirstIndex, again.LastIndex, again.Snapshot.Index, again.State().Length));
        Assert.Equal(100, again.Entries().Count);
        Assert.Equal(1000UL, again.HardState.Commit);
    }

    /// <summary>Here the newest snapshot is verified while the log is read, on a second thread.</summary>
    [Theory]
    [InlineData("flip")]
    [InlineData("cut")]
    [InlineData("delete")]
    [InlineData("newer, not named by the log")]
    public void Open_NewestSnapshotBadButTheLogReachesBack_UsesTheRightOne(string how)
    {
        RaftStorage.Initialize(RealOptions, Identity, Founders, TimeProvider.System);
        using (var storage = OpenReal())
        {
            storage.Append(Range(1, 1, 60), new HardState(1, 1, 60));
            storage.TakeSnapshot(20, "state 20");
            storage.TakeSnapshot(30, new string('s', 600_000));
        }

        var path = Path.Combine(RealOptions.Directory, SnapshotFile.NameOf(30));
        Spoil(path, how);

        using var again = OpenReal();
        Assert.Equal(how.StartsWith("newer", StringComparison.Ordinal) ? (30UL, 0UL) : (20UL, 30UL), (again.Snapshot.Index, again.Repair.BadSnapshot));
        Assert.Equal((1UL, 60UL), (again.FirstIndex, again.LastIndex));

        static void Spoil(string path, string how)
        {
            using (var file = how is "flip" or "cut" ? new FileStream(path, FileMode.Open) : null)
            {
                if (how == "flip")
                {
                    file!.Position = 500_000;
                    file.WriteByte((byte)'x');
                }
                else
                {
                    file?.SetLength(500_000);
                }
            }

            if (how == "delete")
            {
                File.Delete(path);
            }
            else if (how.StartsWith("newer", StringComparison.Ordinal))
            {
                File.Copy(path, Path.Combine(Path.GetDirectoryName(path)!, SnapshotFile.NameOf(45)));
            }
        }
    }

    /// <summary>Readers on other threads while the writer appends, replaces suffixes, takes snapshots and drops segments that are being read.</summary>
    [Fact]
    public async Task TryGetEntries_WhileTheWriterWorks_SeesOnlyWholeEntriesOfOneLog()
    {
        RaftStorage.Initialize(RealOptions, Identity, Founders, TimeProvider.System);
        using var storage = OpenReal();
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var reads = 0;
            var into = new List<Entry>();
            while (!stop.IsCancellationRequested || reads == 0)
            {
                into.Clear();
                var (first, last) = (storage.FirstIndex, storage.LastIndex);
                if (storage.TryGetEntries(first, last + 1, 8192, into) == LogRead.Ok)
                {
                    reads++;
                    for (var i = 0; i < into.Count; i++)
                    {
                        Assert.Equal(first + (ulong)i, into[i].Index);
                        Assert.Equal($"{into[i].Term}/{into[i].Index}", System.Text.Encoding.UTF8.GetString(into[i].Data.Span).TrimEnd());
                        Assert.True(i == 0 || into[i].Term >= into[i - 1].Term);
                    }
                }
            }

            return reads;
        })).ToList();
        var term = 1UL;
        for (var round = 0; round < 150; round++)
        {
            var next = storage.LastIndex + 1;
            storage.Append([.. Range(term, next, next + 9).Select(Padded)], new HardState(term, 0, next - 1));
            term++;
            storage.Append([.. Range(term, next + 5, next + 12).Select(Padded)], new HardState(term, 0, next + 4));
            if (round % 20 == 19)
            {
                storage.TakeSnapshot(next, $"state {next}");
            }
        }

        await stop.CancelAsync();
        var reads = await Task.WhenAll(readers);
        Assert.All(reads, r => Assert.True(r > 0));
        output.WriteLine($"{string.Join(" + ", reads)} reads");

        static Entry Padded(Entry e) => E(e.Term, e.Index, $"{e.Term}/{e.Index}".PadRight(200));
    }

    /// <summary>For the record, not a limit: KONSUL_MEASURE=1 prints what batches of 64 x 256 bytes cost here.</summary>
    [Fact]
    public void Append_Batches_AreMeasuredOnRequest()
    {
        var batches = Environment.GetEnvironmentVariable("KONSUL_MEASURE") == "1" ? 4000 : 20;
        var options = RealOptions with { SegmentBytes = 64 * 1024 * 1024, MemoryBytes = 64 * 1024 * 1024 };
        var syncs = new List<TimeSpan>();
        RaftStorage.Initialize(options, Identity, Founders, TimeProvider.System);
        using var storage = RaftStorage.Open(options with { OnSync = syncs.Add }, TimeProvider.System, NullLogger.Instance);
        var data = new byte[256];
        new Random(1).NextBytes(data);
        var batch = new Entry[64];
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = TimeProvider.System.GetTimestamp();
        for (var b = 0; b < batches; b++)
        {
            var next = storage.LastIndex + 1;
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = new Entry(1, next + (ulong)i, EntryType.Normal, data);
            }

            storage.Append(batch, new HardState(1, 1, next - 1));
        }

        var elapsed = TimeProvider.System.GetElapsedTime(started);
        var entries = batches * batch.Length;
        syncs.Sort();
        output.WriteLine($"{batches} batches of 64 x 256 B: {entries / elapsed.TotalSeconds:F0} entries/s, {storage.Status.WrittenBytes / (double)entries:F1} B on disk per entry, "
            + $"{(GC.GetAllocatedBytesForCurrentThread() - allocated) / entries} B allocated per entry, "
            + $"sync p50 {syncs[syncs.Count / 2].TotalMicroseconds:F0} us, p99 {syncs[syncs.Count * 99 / 100].TotalMicroseconds:F0} us; "
            + $"without syncs {entries / (elapsed - syncs.Aggregate((a, b) => a + b)).TotalSeconds:F0} entries/s");
        Assert.Equal((ulong)entries, storage.LastIndex);
        Assert.InRange(storage.Status.WrittenBytes / entries, 256 + 48, 256 + 64);
    }

    private RaftStorage OpenReal() => RaftStorage.Open(RealOptions, TimeProvider.System, NullLogger.Instance);
}
