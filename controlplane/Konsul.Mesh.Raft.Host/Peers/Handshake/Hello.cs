using System.Buffers;
using Konsul.Mesh.Raft.Host.Peers.Codec;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>
/// The first frame of each end, little endian: {version:u16, oldest version spoken:u16, class:u8, flags:u8, 0:u16, node id:u64, process:u64,
/// cluster id:16 bytes, nonce:32 bytes}. Later versions add behind it; what is behind it is not read, but it is part of the proof.
/// </summary>
internal sealed record Hello
{
    /// <summary>The protocol of this program.</summary>
    public const ushort CurrentVersion = 1;

    public const ushort OldestVersionSpoken = 1;
    public const int NonceSize = 32;
    public const int MaxSize = 4096;
    private const int Size = 72;

    public ushort Version { get; init; } = CurrentVersion;

    public ushort OldestVersion { get; init; } = OldestVersionSpoken;

    public required StreamClass Class { get; init; }

    public required HelloFlags Flags { get; init; }

    public required ulong NodeId { get; init; }

    /// <summary>Drawn when the process starts: tells "I dialled myself" from "someone else has my id".</summary>
    public required ulong Process { get; init; }

    public required Guid ClusterId { get; init; }

    public required byte[] Nonce { get; init; }

    public byte[] Encode()
    {
        var body = new byte[Size];
        var writer = new BodyWriter(body);
        writer.U16(Version);
        writer.U16(OldestVersion);
        writer.U8((byte)Class);
        writer.U8((byte)Flags);
        writer.U16(0);
        writer.U64(NodeId);
        writer.U64(Process);
        writer.Bytes(ClusterId.ToByteArray(bigEndian: true));
        writer.Bytes(Nonce);
        return body;
    }

    /// <exception cref="PeerProtocolException">This is no hello.</exception>
    public static Hello Decode(in ReadOnlySequence<byte> body)
    {
        var reader = new BodyReader(body);
        var (version, oldest, stream, flags) = (reader.U16(), reader.U16(), (StreamClass)reader.U8(), (HelloFlags)reader.U8());
        if (reader.U16() != 0)
        {
            throw new PeerProtocolException(PeerFault.Malformed, "Reserved bytes of a hello are not zero.");
        }

        var hello = new Hello
        {
            Version = version,
            OldestVersion = oldest,
            Class = stream,
            Flags = flags,
            NodeId = reader.U64(),
            Process = reader.U64(),
            ClusterId = new Guid(reader.Bytes(16), bigEndian: true),
            Nonce = reader.Bytes(NonceSize),
        };
        return MessageRules.IsNodeId(hello.NodeId)
            ? hello
            : throw new PeerProtocolException(PeerFault.BadId, $"A hello is from {hello.NodeId:x}, which is no node's id.");
    }
}
