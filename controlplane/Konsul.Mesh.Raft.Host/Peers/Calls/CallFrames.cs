using System.Buffers;
using System.Text;
using Konsul.Mesh.Raft.Host.Peers.Codec;

namespace Konsul.Mesh.Raft.Host.Peers.Calls;

/// <summary>
/// Request: {call id:u64, kind:u16, time left in ms:u32, body}. Response: {call id:u64, error:u8, body or, with an error, its text in UTF-8}.
/// The caller picks ids; answers come in any order.
/// </summary>
internal static class CallFrames
{
    public const int RequestHeader = 14;
    public const int ResponseHeader = 9;
    private const int MaxTextBytes = 1024;

    public static void WriteRequest(IBufferWriter<byte> to, ulong id, ushort kind, TimeSpan left, ReadOnlySpan<byte> body)
    {
        var frame = Frame.Begin(to, RequestHeader + body.Length);
        var writer = new BodyWriter(frame[Frame.HeaderSize..]);
        writer.U64(id);
        writer.U16(kind);
        writer.U32((uint)Math.Clamp(left.TotalMilliseconds, 1, int.MaxValue));
        writer.Bytes(body);
        Frame.End(to, frame, FrameKind.CallRequest);
    }

    public static (ulong Id, ushort Kind, TimeSpan Left, byte[] Body) ReadRequest(in ReadOnlySequence<byte> body)
    {
        var reader = new BodyReader(body);
        var (id, kind, left) = (reader.U64(), reader.U16(), reader.U32());
        return (id, kind, TimeSpan.FromMilliseconds(Math.Clamp(left, 1, int.MaxValue)), reader.Bytes((int)reader.Remaining));
    }

    public static void WriteResponse(IBufferWriter<byte> to, ulong id, PeerCallError error, ReadOnlySpan<byte> body)
    {
        var frame = Frame.Begin(to, ResponseHeader + body.Length);
        var writer = new BodyWriter(frame[Frame.HeaderSize..]);
        writer.U64(id);
        writer.U8((byte)error);
        writer.Bytes(body);
        Frame.End(to, frame, FrameKind.CallResponse);
    }

    public static byte[] Text(string message)
    {
        var bytes = Encoding.UTF8.GetBytes(message);
        return bytes.Length <= MaxTextBytes ? bytes : bytes[..MaxTextBytes];
    }

    public static (ulong Id, PeerCallError Error, byte[] Body) ReadResponse(in ReadOnlySequence<byte> body)
    {
        var reader = new BodyReader(body);
        return (reader.U64(), (PeerCallError)reader.U8(), reader.Bytes((int)reader.Remaining));
    }

    /// <summary>A peer's text ends up in logs, so control characters do not get through.</summary>
    public static PeerCallException Error(PeerCallError error, byte[] text)
    {
        var said = string.Concat(Encoding.UTF8.GetString(text.AsSpan(0, Math.Min(text.Length, MaxTextBytes))).Where(c => !char.IsControl(c)));
        return Enum.IsDefined(error)
            ? new PeerCallException(error, said)
            : new PeerCallException(PeerCallError.Failed, $"Error {(byte)error}, which this version does not know: {said}");
    }
}
