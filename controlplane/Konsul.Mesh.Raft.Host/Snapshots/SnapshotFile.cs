using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>
/// A snapshot on disk: <see cref="FileHeader"/>, content, {content length:u64, its SHA-256:32, 0x4B4D4E44:u32, crc of the footer before it:u32}.
/// The content is {length of the configuration:u32, configuration, the state machine's bytes}; it is what travels between nodes.
/// </summary>
internal static class SnapshotFile
{
    public const int FooterSize = 48;
    private const string Prefix = "snap-";
    private const string Suffix = ".snap";
    private const uint FooterMagic = 0x4B4D4E44;
    private const int Chunk = 256 * 1024;
    private const int MaxMembers = 4 * (2 + (8 * ushort.MaxValue)) + 1;

    public static string NameOf(ulong index) => $"{Prefix}{index:D20}{Suffix}";

    public static bool TryParse(string name, out ulong index)
    {
        index = 0;
        return name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    public static byte[] Header(LogDirectory directory, Snapshot meta) =>
        new FileHeader(directory.Identity, 0, 0, meta.Index, meta.Term, 0, 0, 0).ToBytes(FileHeader.SnapshotMagic);

    public static byte[] MembersSection(ConfState members)
    {
        var bytes = MembersFormat.ToBytes(members);
        var section = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(section, bytes.Length);
        bytes.CopyTo(section, 4);
        return section;
    }

    public static byte[] Footer(long length, ReadOnlySpan<byte> sha256)
    {
        var footer = new byte[FooterSize];
        BinaryPrimitives.WriteInt64LittleEndian(footer, length);
        sha256.CopyTo(footer.AsSpan(8));
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(40), FooterMagic);
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(44), Checksum.Crc32C(footer.AsSpan(0, 44)));
        return footer;
    }

    /// <summary>Gives the file its name; what was there under it is gone.</summary>
    public static void Publish(LogDirectory directory, StagedSnapshot staged)
    {
        directory.Files.Rename(staged.Path, directory.FileOf(NameOf(staged.Saved.Meta.Index)));
        directory.Sync();
    }

    /// <summary>Reads header, configuration and footer, and holds them against each other and the name; the content's hash is not computed.</summary>
    /// <returns>What the file says of itself, and where the state machine's bytes start in the content.</returns>
    public static (SavedSnapshot Saved, long StateStart) Inspect(LogDirectory directory, ILogFile file, string path, ulong expectedIndex)
    {
        var bytes = new byte[FileHeader.Size];
        var read = file.ReadAll(0, bytes);
        var header = FileHeader.Read(bytes.AsSpan(0, read), FileHeader.SnapshotMagic, directory.Identity, path);
        if (header.Index != expectedIndex)
        {
            throw new LogDamagedException(path, 32, $"it holds the state at index {header.Index}, its name says {expectedIndex}.");
        }

        var length = file.Length - FileHeader.Size - FooterSize;
        var footer = new byte[FooterSize];
        if (length < 0 || file.ReadAll(file.Length - FooterSize, footer) < FooterSize
            || BinaryPrimitives.ReadUInt32LittleEndian(footer.AsSpan(44)) != Checksum.Crc32C(footer.AsSpan(0, 44))
            || BinaryPrimitives.ReadUInt32LittleEndian(footer.AsSpan(40)) != FooterMagic || BinaryPrimitives.ReadInt64LittleEndian(footer) != length)
        {
            throw new LogDamagedException(
                path, Math.Max(0, file.Length - FooterSize), "it does not end in a footer that matches its length: it is cut or extended.");
        }

        var (members, stateStart) = ReadMembers(file, length)
            ?? throw new LogDamagedException(path, FileHeader.Size, "its content does not start with a configuration.");
        var meta = new Snapshot(header.Index, header.Term, members);
        return (new SavedSnapshot(meta, length, Convert.ToHexStringLower(footer.AsSpan(8, 32))), stateStart);
    }

    /// <exception cref="LogDamagedException">The content is not what the footer says.</exception>
    public static void Verify(ILogFile file, string path, SavedSnapshot saved)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (AddContent(hash, file, saved.Length) < saved.Length || Convert.ToHexStringLower(hash.GetHashAndReset()) != saved.Sha256)
        {
            throw new LogDamagedException(path, FileHeader.Size, $"the hash of the {saved.Length} bytes from here does not match.");
        }
    }

    /// <returns>How many bytes of the content were there.</returns>
    public static long AddContent(IncrementalHash hash, ILogFile file, long length)
    {
        var buffer = new byte[(int)Math.Min(Chunk, length)];
        long at = 0;
        while (at < length)
        {
            var read = file.ReadAll(FileHeader.Size + at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at)));
            hash.AppendData(buffer, 0, read);
            at += read;
            if (read == 0)
            {
                break;
            }
        }

        return at;
    }

    /// <returns>Null when the content does not start with a configuration.</returns>
    public static (ConfState Members, long StateStart)? ReadMembers(ILogFile file, long contentLength)
    {
        var prefix = new byte[4];
        if (contentLength < 4 || file.ReadAll(FileHeader.Size, prefix) < 4)
        {
            return null;
        }

        var size = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (size is < 0 or > MaxMembers || size > contentLength - 4)
        {
            return null;
        }

        var bytes = new byte[size];
        var read = file.ReadAll(FileHeader.Size + 4, bytes);
        ReadOnlySpan<byte> rest = bytes.AsSpan(0, read);
        return MembersFormat.Take(ref rest) is { } members && rest.IsEmpty ? (members, 4 + size) : null;
    }
}
