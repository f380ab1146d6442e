using System.Buffers;
using System.Buffers.Binary;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>
/// Everything between servers travels in frames, little endian:
/// {body length:u32, frame version:u8, kind:u8, 0:u16, CRC-32C of body:u32, CRC-32C of the 12 bytes before:u32, body}.
/// The header has its own checksum, so that no length is believed that was not sent.
/// </summary>
internal static class Frame
{
    public const int HeaderSize = 16;
    public const byte Version = 1;

    /// <summary>Room for a frame; the body starts behind <see cref="HeaderSize"/>.</summary>
    public static Span<byte> Begin(IBufferWriter<byte> to, int bodyLength) => to.GetSpan(HeaderSize + bodyLength)[..(HeaderSize + bodyLength)];

    public static void End(IBufferWriter<byte> to, Span<byte> frame, FrameKind kind)
    {
        var body = frame[HeaderSize..];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        (frame[4], frame[5], frame[6], frame[7]) = (Version, (byte)kind, 0, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], Checksum.Crc32C(body));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], Checksum.Crc32C(frame[..12]));
        to.Advance(frame.Length);
    }

    public static void Write(IBufferWriter<byte> to, FrameKind kind, ReadOnlySpan<byte> body)
    {
        var frame = Begin(to, body.Length);
        body.CopyTo(frame[HeaderSize..]);
        End(to, frame, kind);
    }

    /// <summary>Takes one frame from the front; false when more bytes are needed, and then nothing was taken.</summary>
    /// <exception cref="PeerProtocolException">This is no frame, or one over the limit.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> from, int maxBody, out FrameKind kind, out ReadOnlySequence<byte> body)
    {
        (kind, body) = (default, default);
        if (from.Length < HeaderSize)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        from.Slice(0, HeaderSize).CopyTo(header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != Checksum.Crc32C(header[..12]))
        {
            throw new PeerProtocolException(PeerFault.BadChecksum, "The checksum of a frame's header does not fit: this is not a frame.");
        }

        if (header[4] != Version)
        {
            throw new PeerProtocolException(PeerFault.UnknownFrameVersion, $"Frame version {header[4]} is not known here; {Version} is.");
        }

        if (header[6] != 0 || header[7] != 0)
        {
            throw new PeerProtocolException(PeerFault.Malformed, "Reserved bytes of a frame's header are not zero.");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > (uint)maxBody)
        {
            throw new PeerProtocolException(PeerFault.FrameTooLarge, $"A frame has {length} bytes; at most {maxBody} are allowed here.");
        }

        if (from.Length < HeaderSize + length)
        {
            return false;
        }

        body = from.Slice(HeaderSize, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != Crc(body))
        {
            throw new PeerProtocolException(PeerFault.BadChecksum, "The checksum of a frame's body does not fit.");
        }

        kind = (FrameKind)header[5];
        from = from.Slice(HeaderSize + length);
        return true;
    }

    private static uint Crc(in ReadOnlySequence<byte> body)
    {
        var crc = uint.MaxValue;
        foreach (var part in body)
        {
            crc = Checksum.Crc32C(part.Span, crc);
        }

        return crc;
    }
}
