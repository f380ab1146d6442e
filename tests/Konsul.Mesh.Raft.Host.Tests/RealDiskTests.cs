using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;
using Microsoft.Extensions.Logging.Abstractions;
using static Konsul.Mesh.Raft.Host.Tests.LogFixture;

namespace Konsul.Mesh.Raft.Host.Tests;

/// <summary>The same on a file system of this machine, with its real fdatasync and locks.</summary>
public sealed class RealDiskTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("konsul-log-").FullName;

    private SingleNodeLogOptions RealOptions => Options with { Directory = Path.Combine(_directory, "raft"), SegmentBytes = 64 * 1024, SnapshotEveryEntries = 300 };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Log_RollsSnapshotsAndRestarts_KeepsEverything()
    {
        var machine = new RecordingMachine();
        await using (var log = await OpenRealAsync(machine))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(p => Task.Run(async () =>
            {
                for (var i = 0; i < 150; i++)
                {
                    await log.ProposeAsync($"{p}:{i}:{new string('x', 100)}");
                }
            })));
            await log.SnapshotAsync(TestContext.Current.CancellationToken);
            await log.ProposeAsync("last");
        }

        Assert.Equal(64 * 1024, new FileInfo(Directory.GetFiles(RealOptions.Directory, "wal-*.log").Max()!).Length);
        var again = new RecordingMachine();
        await using var reopened = await OpenRealAsync(again);
        Assert.Equal(1201, again.Applied.Count);
        Assert.Equal(machine.Applied, again.Applied);
        Assert.Equal(1, again.Restores);
    }

    [Fact]
    public async Task Open_SecondTime_SaysWhoHoldsTheDirectory()
    {
        await using var log = await OpenRealAsync(new RecordingMachine());

        var refused = await Assert.ThrowsAsync<IOException>(() => OpenRealAsync(new RecordingMachine()));

        Assert.Contains("held by another process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_TornTailOnDisk_IsCutAndKeptAside()
    {
        await using (var log = await OpenRealAsync(new RecordingMachine()))
        {
            await log.ProposeAsync("good");
            await log.ProposeAsync("torn");
        }

        var path = Path.Combine(RealOptions.Directory, Wal(1));
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes.AsSpan(Array.FindLastIndex(bytes, b => b != 0) - 30).Clear();
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        var machine = new RecordingMachine();
        await using var again = await OpenRealAsync(machine);

        Assert.Equal(["good"], machine.Commands);
        Assert.True(File.Exists(path + ".broken"));
        Assert.Equal(64 * 1024, new FileInfo(path).Length);
    }

    [Fact]
    public async Task Open_GarbageFile_IsRefusedByName()
    {
        Directory.CreateDirectory(RealOptions.Directory);
        await File.WriteAllTextAsync(Path.Combine(RealOptions.Directory, Wal(1)), new string('?', 9000), TestContext.Current.CancellationToken);

        var e = await Assert.ThrowsAsync<LogDamagedException>(() => OpenRealAsync(new RecordingMachine()));

        Assert.Equal((Path.Combine(RealOptions.Directory, Wal(1)), 0L), (e.File, e.Offset));
    }

    [Fact]
    public void Preallocate_MoreThanTheDiskHas_SaysDiskFull()
    {
        var files = new PosixFileSystem();
        using var file = files.Create(Path.Combine(_directory, "huge"));

        var full = Assert.Throws<IOException>(() => file.Preallocate(1L << 43));

        Assert.True(full.IsDiskFull() || full.HResult == 27, full.Message);
        file.Truncate(0);
    }

    [Fact]
    public void SyncDirectory_Missing_NamesTheCallAndThePath()
    {
        var e = Assert.Throws<IOException>(() => new PosixFileSystem().SyncDirectory(Path.Combine(_directory, "none")));

        Assert.Contains("open of", e.Message, StringComparison.Ordinal);
        Assert.Contains("none", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The check value of CRC-32C (RFC 3720 appendix B.4): 32 zero bytes.</summary>
    [Fact]
    public void Checksum_KnownVector_IsCrc32C() => Assert.Equal(0x8A9136AA, ~Checksum.Crc32C(new byte[32]));

    private Task<SingleNodeLog> OpenRealAsync(RecordingMachine machine) =>
        SingleNodeLog.OpenAsync(RealOptions, machine, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
}
