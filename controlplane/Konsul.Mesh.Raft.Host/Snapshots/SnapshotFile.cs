using System.Buffers.Binary;
using System.Globalization;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>
/// A snapshot on disk: <see cref="FileHeader"/>, the state machine's bytes, {their length:u64, their crc:u32, 0x4B4D4E44:u32}. Written beside its
/// name, synced, renamed, and the directory synced: under its own name it is whole.
/// </summary>
internal sealed record SnapshotFile(string Path, ulong Index, ulong Term)
{
    private const string Prefix = "snap-";
    private const string Suffix = ".snap";
    private const uint FooterMagic = 0x4B4D4E44;
    private const int FooterSize = 16;
    private const int Chunk = 256 * 1024;

    public static string NameOf(ulong index) => $"{Prefix}{index:D20}{Suffix}";

    public static bool TryParse(string name, out ulong index)
    {
        index = 0;
        return name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    public static SnapshotFile Write(LogDirectory directory, ulong index, ulong term, ICapturedSnapshot captured)
    {
        var (files, path) = (directory.Files, directory.FileOf(NameOf(index)));
        var temporary = path + LogDirectory.TemporarySuffix;
        try
        {
            using var file = files.Create(temporary);
            file.WriteAll(0, new FileHeader(directory.Identity, 0, 0, index, term, 0, 0).ToBytes(FileHeader.SnapshotMagic));
            using (var body = new SnapshotBodyWriter(file, FileHeader.Size))
            {
                captured.WriteTo(body);
                body.Flush();
                Span<byte> footer = stackalloc byte[FooterSize];
                BinaryPrimitives.WriteInt64LittleEndian(footer, body.Length);
                BinaryPrimitives.WriteUInt32LittleEndian(footer[8..], body.Crc);
                BinaryPrimitives.WriteUInt32LittleEndian(footer[12..], FooterMagic);
                file.WriteAll(FileHeader.Size + body.Length, footer);
            }

            file.Sync();
        }
        catch (IOException)
        {
            files.Delete(temporary);
            throw;
        }

        files.Rename(temporary, path);
        directory.Sync();
        return new SnapshotFile(path, index, term);
    }

    /// <summary>Verifies the whole file, then hands its content to the state machine.</summary>
    /// <exception cref="LogDamagedException">With file and offset; the state machine has not been touched, or refused the content.</exception>
    public static SnapshotFile Restore(LogDirectory directory, string path, ulong expectedIndex, IReplicatedStateMachine machine)
    {
        using var file = directory.Files.Open(path);
        var bytes = new byte[FileHeader.Size];
        var read = file.ReadAll(0, bytes);
        var header = FileHeader.Read(bytes.AsSpan(0, read), FileHeader.SnapshotMagic, directory.Identity, path);
        if (header.Index != expectedIndex)
        {
            throw new LogDamagedException(path, 32, $"it holds the state at index {header.Index}, its name says {expectedIndex}.");
        }

        var length = Verify(file, path);
        try
        {
            using var body = new SnapshotBodyReader(file, FileHeader.Size, length);
            machine.Restore(body);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or LogDamagedException))
        {
            throw new LogDamagedException(path, FileHeader.Size, $"the state machine refuses its content: {e.Message}", e);
        }

        return new SnapshotFile(path, header.Index, header.Term);
    }

    private static long Verify(ILogFile file, string path)
    {
        var length = file.Length - FileHeader.Size - FooterSize;
        var footer = new byte[FooterSize];
        if (length < 0 || file.ReadAll(file.Length - FooterSize, footer) < FooterSize
            || BinaryPrimitives.ReadUInt32LittleEndian(footer.AsSpan(12)) != FooterMagic || BinaryPrimitives.ReadInt64LittleEndian(footer) != length)
        {
            throw new LogDamagedException(
                path, Math.Max(0, file.Length - FooterSize), "it does not end in a footer that matches its length: it is cut or extended.");
        }

        var buffer = new byte[Chunk];
        var crc = uint.MaxValue;
        for (long at = 0; at < length; at += Chunk)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(Chunk, length - at));
            file.ReadAll(FileHeader.Size + at, part);
            crc = Checksum.Crc32C(part, crc);
        }

        return crc == BinaryPrimitives.ReadUInt32LittleEndian(footer.AsSpan(8))
            ? length
            : throw new LogDamagedException(path, FileHeader.Size, $"the checksum of the {length} bytes from here does not match.");
    }
}
