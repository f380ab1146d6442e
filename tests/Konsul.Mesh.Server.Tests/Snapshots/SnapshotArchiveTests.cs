using System.Formats.Tar;
using System.IO.Compression;
using Konsul.Mesh.Server.Snapshots;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Server.Tests.Snapshots;

public sealed class SnapshotArchiveTests : IDisposable
{
    private const long MaxState = 1024 * 1024;
    private readonly string _scratch = Directory.CreateTempSubdirectory("konsul-archive-").FullName;

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public async Task Read_WhatWasWritten_IsTheState_AndLeavesNoFile()
    {
        var archive = await WriteAsync();

        await using (var state = await ReadAsync(archive))
        {
            new StateStore().Restore(state);
        }

        Assert.Empty(Directory.GetFiles(_scratch));
    }

    [Fact]
    public async Task Read_CutAnywhere_IsRefused()
    {
        var archive = await WriteAsync();
        for (var length = 0; length < archive.Length - 16; length += 7)
        {
            await Assert.ThrowsAsync<SnapshotRefusedException>(() => ReadAsync(archive[..length]));
        }

        Assert.Empty(Directory.GetFiles(_scratch));
    }

    [Fact]
    public async Task Read_AnotherEntryInIt_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<SnapshotRefusedException>(async () => await ReadAsync(await TarAsync(("../../etc/passwd", new byte[10]))));

        Assert.Contains("does not belong there", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("meta.json")]
    [InlineData("state.bin")]
    public async Task Read_AnEntryThatUnpacksToTooMuch_IsRefusedBeforeItIsHeld(string name)
    {
        var bomb = await TarAsync((name, new byte[4 * MaxState]));

        await Assert.ThrowsAsync<SnapshotRefusedException>(() => ReadAsync(bomb));
    }

    [Fact]
    public async Task Read_AHeaderThatUnpacksToTooMuch_IsRefusedBeforeItIsHeld()
    {
        using var packed = new MemoryStream();
        await using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(zip, TarEntryFormat.Pax, leaveOpen: true))
        {
            var attributes = new Dictionary<string, string> { ["x"] = new string('x', 8 * 1024 * 1024) };
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "meta.json", attributes));
        }

        await Assert.ThrowsAsync<SnapshotRefusedException>(() => ReadAsync(packed.ToArray()));
    }

    private async Task<byte[]> WriteAsync()
    {
        using var archive = new MemoryStream();
        await SnapshotArchive.WriteAsync(new StateStore().View, 1, "test", _scratch, archive, TestContext.Current.CancellationToken);
        return archive.ToArray();
    }

    private Task<FileStream> ReadAsync(byte[] archive) =>
        SnapshotArchive.ReadAsync(new MemoryStream(archive), _scratch, MaxState, TestContext.Current.CancellationToken);

    private static async Task<byte[]> TarAsync((string Name, byte[] Bytes) entry)
    {
        using var packed = new MemoryStream();
        await using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(zip, TarEntryFormat.Pax, leaveOpen: true))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, entry.Name) { DataStream = new MemoryStream(entry.Bytes) });
        }

        return packed.ToArray();
    }
}
