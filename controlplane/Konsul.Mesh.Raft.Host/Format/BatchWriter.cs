using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>
/// Lays out one batch: records, then its end marker. Bodies are stored xored with the segment's salt, which has no zero byte, so that a
/// sector of zeros inside a batch can only be one that never reached the disk (recovery relies on this).
/// </summary>
internal sealed class BatchWriter
{
    public const int MarkerBody = 16;
    public static readonly int MarkerSize = RecordHeader.Footprint(MarkerBody);

    /// <summary>A buffer that one huge batch made larger does not stay.</summary>
    private const int KeptBuffer = 16 * 1024 * 1024;

    private byte[] _buffer = new byte[64 * 1024];
    private int _length;
    private uint _records;
    private ulong _salt;
    private ulong _batch;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>The hash over all records up to here.</summary>
    public ulong Hash { get; private set; }

    public void Begin(ulong salt, ulong batch, ulong hash)
    {
        (_salt, _batch, Hash, _length, _records) = (salt, batch, hash, 0, 0);
        if (_buffer.Length > KeptBuffer)
        {
            _buffer = new byte[64 * 1024];
        }
    }

    public void Add(in LogRecord record) => Add(record.Type, record.Flags, record.Term, record.Index, record.Body.Span);

    public void Add(RecordType type, byte flags, ulong term, ulong index, ReadOnlySpan<byte> body)
    {
        var footprint = RecordHeader.Footprint(body.Length);
        if (_buffer.Length < _length + footprint)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + footprint));
        }

        var record = _buffer.AsSpan(_length, footprint);
        var stored = record.Slice(RecordHeader.Size, body.Length);
        body.CopyTo(stored);
        Mask(stored, _salt);
        record[(RecordHeader.Size + body.Length)..].Clear();
        Hash = new RecordHeader(type, flags, term, index, _batch, Hash, body.Length, Checksum.Crc32C(stored)).Write(record, _salt);
        _length += footprint;
        _records++;
    }

    public void End(ulong term, ulong lastIndex)
    {
        Span<byte> body = stackalloc byte[MarkerBody];
        body.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(body, _records);
        BinaryPrimitives.WriteUInt64LittleEndian(body[8..], Trailer(_salt) ^ _salt);
        Add(RecordType.BatchEnd, 0, term, lastIndex, body);
    }

    /// <summary>
    /// The last eight bytes of every complete batch of a segment. Who does not know the salt cannot put them into a command; no byte of them
    /// is zero, nor becomes so when one bit flips.
    /// </summary>
    public static ulong Trailer(ulong salt) => ((salt * 0x9E3779B97F4A7C15) ^ (salt >> 29)) | 0x8181818181818181;

    /// <summary>Its own inverse.</summary>
    public static void Mask(Span<byte> body, ulong salt)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(body);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] ^= salt;
        }

        for (var i = words.Length * 8; i < body.Length; i++)
        {
            body[i] ^= (byte)(salt >> (8 * (i & 7)));
        }
    }
}
