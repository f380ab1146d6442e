using System.Buffers;
using Konsul.Mesh.Raft.Host.Peers.Codec;

namespace Konsul.Mesh.Raft.Host.Peers.Transfer;

/// <summary>
/// One snapshot per connection: Begin {length:u64, SHA-256, body of the Snap message}, answered by Resume {offset:u64}; then
/// Chunk {offset:u64, CRC-32C:u32, bytes}, each answered by Ack {bytes held:u64}; in the end Done {<see cref="TransferResult"/>:u8}, which may
/// also come earlier, when the receiver gives up.
/// </summary>
internal static class TransferFrames
{
    public const int BeginHeader = 8 + SnapshotOffer.HashSize;
    public const int ChunkHeader = 12;

    /// <summary>The largest answer of a receiver.</summary>
    public const int MaxAnswer = 8;

    public static void WriteBegin(IBufferWriter<byte> to, SnapshotOffer offer, Message message)
    {
        var frame = Frame.Begin(to, BeginHeader + MessageCodec.SizeOf(message));
        var writer = new BodyWriter(frame[Frame.HeaderSize..]);
        writer.U64((ulong)offer.Length);
        writer.Bytes(offer.Hash.Span);
        MessageCodec.EncodeBody(message, frame[(Frame.HeaderSize + BeginHeader)..]);
        Frame.End(to, frame, FrameKind.TransferBegin);
    }

    public static (long Length, byte[] Hash, ReadOnlySequence<byte> Message) ReadBegin(in ReadOnlySequence<byte> body)
    {
        var reader = new BodyReader(body);
        return ((long)reader.U64(), reader.Bytes(SnapshotOffer.HashSize), reader.Rest);
    }

    public static void WriteChunk(IBufferWriter<byte> to, long offset, uint crc, ReadOnlySpan<byte> bytes)
    {
        var frame = Frame.Begin(to, ChunkHeader + bytes.Length);
        var writer = new BodyWriter(frame[Frame.HeaderSize..]);
        writer.U64((ulong)offset);
        writer.U32(crc);
        writer.Bytes(bytes);
        Frame.End(to, frame, FrameKind.TransferChunk);
    }

    public static (long Offset, uint Crc, byte[] Bytes) ReadChunk(in ReadOnlySequence<byte> body)
    {
        var reader = new BodyReader(body);
        return ((long)reader.U64(), reader.U32(), reader.Bytes((int)reader.Remaining));
    }

    public static void WriteOffset(IBufferWriter<byte> to, FrameKind kind, long offset)
    {
        var frame = Frame.Begin(to, sizeof(long));
        new BodyWriter(frame[Frame.HeaderSize..]).U64((ulong)offset);
        Frame.End(to, frame, kind);
    }

    public static long ReadOffset(in ReadOnlySequence<byte> body) => (long)new BodyReader(body).U64();

    public static TransferResult ReadDone(in ReadOnlySequence<byte> body) => (TransferResult)new BodyReader(body).U8();
}
