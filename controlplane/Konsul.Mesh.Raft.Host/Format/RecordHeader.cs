using System.Buffers.Binary;

namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>
/// In front of every record, 48 bytes, little endian:
/// {body length:u32, type:u8, flags:u8, version:u16, term:u64, index:u64, batch:u64, hash of all before:u64, crc of body:u32, crc of header:u32}.
/// The header's CRC starts from the segment's salt: bytes inside a command cannot pass for a record, nor a record of another segment.
/// </summary>
internal readonly record struct RecordHeader(RecordType Type, byte Flags, ulong Term, ulong Index, ulong Batch, ulong PreviousHash, int BodyLength, uint BodyCrc)
{
    public const int Size = 48;

    /// <summary>Higher numbers are no records of any version.</summary>
    private const byte HighestType = 15;

    /// <summary>Of the record's layout; 0 is the only one so far.</summary>
    public ushort Version { get; init; }

    /// <summary>Why this program cannot read the record, whose checksums match: a newer one wrote it. Null when it can.</summary>
    public string? WhyUnknown => this switch
    {
        { Version: not 0 } => $"record version {Version}",
        { Type: < RecordType.Entry or > RecordType.Base } => $"record type {(byte)Type}",
        { Type: RecordType.Entry, Flags: > (byte)EntryType.ConfChangeV2 } => $"entry type {Flags}",
        { Type: RecordType.Base, Flags: > 1 } or { Type: not (RecordType.Entry or RecordType.Base), Flags: not 0 } => $"{Type} flags {Flags}",
        _ => null,
    };

    public static int Align(int length) => (length + 7) & ~7;

    /// <summary>Bytes that a record takes in the file.</summary>
    public static int Footprint(int bodyLength) => Size + Align(bodyLength);

    /// <returns>The hash that the next record carries.</returns>
    public ulong Write(Span<byte> to, ulong salt)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, BodyLength);
        to[4] = (byte)Type;
        to[5] = Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], Term);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], Index);
        BinaryPrimitives.WriteUInt64LittleEndian(to[24..], Batch);
        BinaryPrimitives.WriteUInt64LittleEndian(to[32..], PreviousHash);
        BinaryPrimitives.WriteUInt32LittleEndian(to[40..], BodyCrc);
        var crc = Crc(to, salt);
        BinaryPrimitives.WriteUInt32LittleEndian(to[44..], crc);
        return Chain(PreviousHash, crc, BodyCrc);
    }

    /// <returns>False when these are not the bytes of a header of this segment.</returns>
    public static bool TryRead(ReadOnlySpan<byte> from, ulong salt, out RecordHeader header, out ulong nextHash)
    {
        (header, nextHash) = (default, 0);
        if (from.Length < Size)
        {
            return false;
        }

        var crc = BinaryPrimitives.ReadUInt32LittleEndian(from[44..]);
        var length = BinaryPrimitives.ReadInt32LittleEndian(from);
        if (crc != Crc(from, salt) || length < 0 || from[4] is 0 or > HighestType)
        {
            return false;
        }

        header = new RecordHeader(
            (RecordType)from[4],
            from[5],
            BinaryPrimitives.ReadUInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[32..]),
            length,
            BinaryPrimitives.ReadUInt32LittleEndian(from[40..]))
        { Version = BinaryPrimitives.ReadUInt16LittleEndian(from[6..]) };
        nextHash = Chain(header.PreviousHash, crc, header.BodyCrc);
        return true;
    }

    private static uint Crc(ReadOnlySpan<byte> header, ulong salt) => Checksum.Crc32C(header[..44], (uint)(salt ^ (salt >> 32)));

    /// <summary>Order and identity of records, not security: a multiplicative mix of both checksums.</summary>
    private static ulong Chain(ulong previous, uint headerCrc, uint bodyCrc)
    {
        var hash = (previous ^ (((ulong)headerCrc << 32) | bodyCrc)) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 32);
    }
}
