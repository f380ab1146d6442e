using System.Buffers.Binary;

namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>Fills a frame's body, little endian. The room was measured before, so it always fits.</summary>
internal ref struct BodyWriter(Span<byte> to)
{
    private Span<byte> _rest = to;

    public void U8(byte value)
    {
        _rest[0] = value;
        _rest = _rest[1..];
    }

    public void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_rest, value);
        _rest = _rest[2..];
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_rest, value);
        _rest = _rest[4..];
    }

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_rest, value);
        _rest = _rest[8..];
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_rest);
        _rest = _rest[bytes.Length..];
    }
}
