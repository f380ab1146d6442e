using System.Buffers;

namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>Reads a frame's body, little endian; bytes that are not there are the peer's fault.</summary>
internal ref struct BodyReader(ReadOnlySequence<byte> body)
{
    private SequenceReader<byte> _bytes = new(body);

    public readonly long Remaining => _bytes.Remaining;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySequence<byte> Rest => _bytes.UnreadSequence;

    public byte U8() => _bytes.TryRead(out var value) ? value : throw TooShort();

    public ushort U16() => _bytes.TryReadLittleEndian(out short value) ? (ushort)value : throw TooShort();

    public uint U32() => _bytes.TryReadLittleEndian(out int value) ? (uint)value : throw TooShort();

    public ulong U64() => _bytes.TryReadLittleEndian(out long value) ? (ulong)value : throw TooShort();

    /// <param name="count">Not more than the caller has a limit for.</param>
    public byte[] Bytes(int count)
    {
        if (count > _bytes.Remaining)
        {
            throw TooShort();
        }

        var bytes = new byte[count];
        CopyTo(bytes);
        return bytes;
    }

    public void CopyTo(Span<byte> to)
    {
        if (!_bytes.TryCopyTo(to))
        {
            throw TooShort();
        }

        _bytes.Advance(to.Length);
    }

    public readonly void End()
    {
        if (_bytes.Remaining != 0)
        {
            throw new PeerProtocolException(PeerFault.Malformed, $"{_bytes.Remaining} bytes follow what a frame should hold.");
        }
    }

    private static PeerProtocolException TooShort() => new(PeerFault.Malformed, "A frame is shorter than what it should hold.");
}
