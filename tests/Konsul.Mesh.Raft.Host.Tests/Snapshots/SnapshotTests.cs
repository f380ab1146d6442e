using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.LogFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Snapshots;

public sealed class SnapshotTests
{
    private readonly FakeDisk _disk = new();
    private readonly RecordingMachine _machine = new();

    [Fact]
    public async Task Snapshot_OnRequest_IsRestoredAndTheLogBehindItReplayed()
    {
        await using (var log = await OpenAsync(_disk, _machine))
        {
            await ProposeAsync(log, 1, 20);
            await log.SnapshotAsync(TestContext.Current.CancellationToken);
            await ProposeAsync(log, 21, 25);
            Assert.Equal((20UL, 25UL), (log.Status.SnapshotIndex, log.Status.AppliedIndex));
        }

        var machine = new RecordingMachine();
        await using var again = await OpenAsync(_disk, machine);

        Assert.Equal(1, machine.Restores);
        Assert.Equal(_machine.Applied, machine.Applied);
        Assert.Equal(20UL, again.Status.SnapshotIndex);
    }

    [Fact]
    public async Task Snapshot_ByCount_DropsOldSegmentsButTheTrailingWindow()
    {
        await using (var log = await OpenAsync(_disk, _machine, Small))
        {
            await ProposeAsync(log, 1, 200);
            await log.SnapshotAsync(TestContext.Current.CancellationToken);
            Assert.Equal(200UL, log.Status.SnapshotIndex);
            Assert.InRange(log.Status.FirstIndex, 150UL, 191UL);
            Assert.Equal(2, _disk.Names.Count(n => n.EndsWith(".snap", StringComparison.Ordinal)));
        }

        var machine = new RecordingMachine();
        await using var again = await OpenAsync(_disk, machine, Small);
        Assert.Equal(_machine.Applied, machine.Applied);
    }

    [Fact]
    public async Task Snapshot_SlowToWrite_WritesGoOn()
    {
        using var open = new ManualResetEventSlim();
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _machine.OnWrite = () =>
        {
            writing.TrySetResult();
            open.Wait();
        };
        await using var log = await OpenAsync(_disk, _machine);
        await ProposeAsync(log, 1, 3);

        var snapshot = log.SnapshotAsync(TestContext.Current.CancellationToken);
        await writing.Task;
        await ProposeAsync(log, 4, 9);
        Assert.False(snapshot.IsCompleted);
        open.Set();
        await snapshot;

        Assert.Equal((3UL, 9UL), (log.Status.SnapshotIndex, log.Status.AppliedIndex));
    }

    [Fact]
    public async Task Open_NewestSnapshotDamagedButTheLogReaches_UsesTheOlderOne()
    {
        await FillWithTwoSnapshotsAsync(Options);
        _disk[SnapshotFile.NameOf(20)].Data[FileHeader.Size + 5] ^= 1;

        var machine = new RecordingMachine();
        await using (var log = await OpenAsync(_disk, machine))
        {
            Assert.Equal(10UL, log.Status.SnapshotIndex);
            Assert.Equal(_machine.Applied, machine.Applied);
            await log.SnapshotAsync(TestContext.Current.CancellationToken);
        }

        Assert.Contains(SnapshotFile.NameOf(20) + ".broken", _disk.Names);
        await using var again = await OpenAsync(_disk, new RecordingMachine());
        Assert.Equal(25UL, again.Status.SnapshotIndex);
    }

    [Fact]
    public async Task Open_SnapshotsDamagedAndTheLogDoesNotReach_IsRefusedByFileAndOffset()
    {
        await using (var log = await OpenAsync(_disk, _machine, Small))
        {
            await ProposeAsync(log, 1, 200);
            await log.SnapshotAsync(TestContext.Current.CancellationToken);
        }

        foreach (var name in _disk.Names.Where(n => n.EndsWith(".snap", StringComparison.Ordinal)))
        {
            _disk[name].Data[FileHeader.Size + 5] ^= 1;
        }

        var e = await Assert.ThrowsAsync<LogDamagedException>(() => OpenAsync(_disk, new RecordingMachine(), Small));
        Assert.Equal((SnapshotFile.NameOf(200), (long)FileHeader.Size), (Path.GetFileName(e.File), e.Offset));
        Assert.DoesNotContain(_disk.Names, n => n.EndsWith(".broken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Open_EveryByteOfTheOnlySnapshotFlippedOrCut_IsRefused()
    {
        await using (var log = await OpenAsync(_disk, _machine, Small))
        {
            await ProposeAsync(log, 1, 60);
            await log.SnapshotAsync(TestContext.Current.CancellationToken);
        }

        var newest = _disk.Names.Last(n => n.EndsWith(".snap", StringComparison.Ordinal));
        _disk.Delete($"{Root}/{_disk.Names.First(n => n.EndsWith(".snap", StringComparison.Ordinal))}");
        var size = _disk[newest].Data.Length;
        for (var i = 0; i < size; i += i is > 100 and < FileHeader.Size - 8 ? 50 : 1)
        {
            var (flipped, cut) = (_disk.Copy(), _disk.Copy());
            flipped[newest].Data[i] ^= 0x20;
            cut[newest].Data = cut[newest].Data[..i];

            Assert.Throws<LogDamagedException>(() => OpenSegments(flipped, new RecordingMachine()));
            Assert.Throws<LogDamagedException>(() => OpenSegments(cut, new RecordingMachine()));
        }
    }

    [Fact]
    public async Task Open_SnapshotWithoutALog_IsRefused()
    {
        await FillWithTwoSnapshotsAsync(Options);
        _disk.Delete($"{Root}/{Wal(1)}");

        await Assert.ThrowsAsync<LogDamagedException>(() => OpenAsync(_disk, new RecordingMachine()));
    }

    [Fact]
    public async Task Open_UnfinishedFiles_AreRemoved()
    {
        await FillWithTwoSnapshotsAsync(Options);
        _disk.Create($"{Root}/{SnapshotFile.NameOf(99)}.tmp").Write(0, [1, 2, 3]);
        _disk.Create($"{Root}/{Wal(2)}.tmp").Write(0, [1, 2, 3]);

        await using var log = await OpenAsync(_disk, new RecordingMachine());

        Assert.DoesNotContain(_disk.Names, n => n.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Snapshot_DiskFull_FailsThatSnapshotAndTheLogGoesOn()
    {
        await using var log = await OpenAsync(_disk, _machine);
        await ProposeAsync(log, 1, 3);
        _disk.Capacity = _disk[Wal(1)].Length + 100;

        var refused = await Assert.ThrowsAsync<IOException>(() => log.SnapshotAsync(TestContext.Current.CancellationToken));
        await ProposeAsync(log, 4, 5);
        _disk.Capacity = long.MaxValue;
        await log.SnapshotAsync(TestContext.Current.CancellationToken);

        Assert.Contains("No space left", refused.Message, StringComparison.Ordinal);
        Assert.Equal(5UL, log.Status.SnapshotIndex);
    }

    [Fact]
    public async Task Snapshot_WriteError_StopsTheLog()
    {
        await using var log = await OpenAsync(_disk, _machine);
        await ProposeAsync(log, 1, 3);
        _machine.OnWrite = () => throw new IOException("Input/output error", 5);

        await Assert.ThrowsAsync<LogStoppedException>(() => log.SnapshotAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<LogStoppedException>(() => log.Completion);
    }

    private static SingleNodeLogOptions Small => Options with { SegmentBytes = 5000, SnapshotEveryEntries = 20 };

    private static async Task ProposeAsync(SingleNodeLog log, int from, int to)
    {
        for (var i = from; i <= to; i++)
        {
            await log.ProposeAsync($"command {i}");
        }
    }

    private async Task FillWithTwoSnapshotsAsync(SingleNodeLogOptions options)
    {
        await using var log = await OpenAsync(_disk, _machine, options);
        await ProposeAsync(log, 1, 10);
        await log.SnapshotAsync(TestContext.Current.CancellationToken);
        await ProposeAsync(log, 11, 20);
        await log.SnapshotAsync(TestContext.Current.CancellationToken);
        await ProposeAsync(log, 21, 25);
    }
}
