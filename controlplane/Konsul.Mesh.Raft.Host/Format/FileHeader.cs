using System.Buffers.Binary;
using System.Text;

namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>
/// The first 4096 bytes of every file: {magic:8, version:u32, 0:u32, salt:u64, sequence:u64, index:u64, term:u64, hash:u64, first batch:u64,
/// created:u64, cluster id and node id as length:u16 and UTF-8, zeros, crc:u32 at 4092}.
/// </summary>
/// <param name="Identity">Whose file it is.</param>
/// <param name="Salt">Of a segment: random, no byte of it zero.</param>
/// <param name="Sequence">Of a segment: 1, 2, 3 …</param>
/// <param name="Index">Of a segment: its first entry's index. Of a snapshot: the last one that it holds.</param>
/// <param name="Term">Of a segment: the term of the entry before it. Of a snapshot: the term at that index.</param>
/// <param name="PreviousHash">Of a segment: the hash over all records before it.</param>
/// <param name="FirstBatch">Of a segment: the number of its first batch.</param>
/// <param name="Created">Of a segment: milliseconds since 1970, for the age of the log only.</param>
internal sealed record FileHeader(
    LogIdentity Identity, ulong Salt, ulong Sequence, ulong Index, ulong Term, ulong PreviousHash, ulong FirstBatch, ulong Created)
{
    public const int Size = 4096;
    public const uint Version = 2;
    private const int Fixed = 72;
    private const int CrcAt = Size - 4;
    private const int MaxId = 1024;

    public static ReadOnlySpan<byte> SegmentMagic => "KMWAL\0\r\n"u8;

    public static ReadOnlySpan<byte> SnapshotMagic => "KMSNP\0\r\n"u8;

    public static ReadOnlySpan<byte> IdentityMagic => "KMIDN\0\r\n"u8;

    public byte[] ToBytes(ReadOnlySpan<byte> magic)
    {
        var bytes = new byte[Size];
        magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        var at = 16;
        foreach (var number in (ReadOnlySpan<ulong>)[Salt, Sequence, Index, Term, PreviousHash, FirstBatch, Created])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), number);
            at += 8;
        }

        foreach (var id in (ReadOnlySpan<string>)[Identity.ClusterId, Identity.NodeId])
        {
            var size = Encoding.UTF8.GetByteCount(id);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxId, nameof(Identity));
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)size);
            Encoding.UTF8.GetBytes(id, bytes.AsSpan(at + 2));
            at += 2 + size;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcAt), Checksum.Crc32C(bytes.AsSpan(0, CrcAt)));
        return bytes;
    }

    /// <exception cref="LogDamagedException">Not such a file, a damaged one, or another owner's.</exception>
    /// <exception cref="LogVersionException">Of another version.</exception>
    public static FileHeader Read(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic, LogIdentity expected, string file)
    {
        var header = Read(bytes, magic, file);
        return header.Identity == expected
            ? header
            : throw new LogDamagedException(file, Fixed, $"it belongs to {header.Identity}, expected {expected}.");
    }

    /// <summary>Whoever it belongs to.</summary>
    public static FileHeader Read(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic, string file)
    {
        if (bytes.Length < Size)
        {
            throw new LogDamagedException(file, bytes.Length, $"it ends inside its header of {Size} bytes.");
        }

        if (!bytes[..8].SequenceEqual(magic))
        {
            throw new LogDamagedException(
                file, 0, $"it should start with {Convert.ToHexString(magic)} but starts with {Convert.ToHexString(bytes[..8])}.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcAt..]) != Checksum.Crc32C(bytes[..CrcAt]))
        {
            throw new LogDamagedException(file, 0, "the header's checksum does not match.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) is var version and not Version)
        {
            throw new LogVersionException(file, 8, $"it has format version {version}, expected {Version}.");
        }

        var rest = bytes[Fixed..];
        var identity = new LogIdentity(TakeString(ref rest), TakeString(ref rest));
        return new FileHeader(
            identity, Number(bytes, 0), Number(bytes, 1), Number(bytes, 2), Number(bytes, 3), Number(bytes, 4), Number(bytes, 5), Number(bytes, 6));
    }

    private static ulong Number(ReadOnlySpan<byte> bytes, int n) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[(16 + (8 * n))..]);

    private static string TakeString(ref ReadOnlySpan<byte> rest)
    {
        var size = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        var text = Encoding.UTF8.GetString(rest.Slice(2, size));
        rest = rest[(2 + size)..];
        return text;
    }
}
