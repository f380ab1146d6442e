using System.Buffers;
using System.Text;
using Konsul.Mesh.Raft.Host.Peers.Codec;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>
/// The last frame of each end: {MAC length:u8, MAC, then the Raft, HTTP and gRPC address, each {length:u8, UTF-8}}. Addresses go only to a peer
/// that has proven itself. Later versions add behind it.
/// </summary>
internal static class Welcome
{
    public const int MaxSize = 4096;

    public static byte[] Encode(ReadOnlySpan<byte> mac, PeerFacts facts)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write([(byte)mac.Length]);
        body.Write(mac);
        foreach (var address in (ReadOnlySpan<string>)[facts.RaftAddress, facts.HttpAddress, facts.GrpcAddress])
        {
            var text = Encoding.UTF8.GetBytes(address);
            if (text.Length > byte.MaxValue)
            {
                throw new ArgumentException($"The address has {text.Length} bytes; at most {byte.MaxValue} are allowed.", nameof(facts));
            }

            body.Write([(byte)text.Length]);
            body.Write(text);
        }

        return body.WrittenSpan.ToArray();
    }

    /// <exception cref="PeerProtocolException">This is no welcome.</exception>
    public static PeerFacts Decode(in ReadOnlySequence<byte> body, Hello hello, out byte[] mac)
    {
        var reader = new BodyReader(body);
        mac = reader.Bytes(reader.U8());
        return new PeerFacts(hello.NodeId, hello.ClusterId, Text(ref reader), Text(ref reader), Text(ref reader));
    }

    /// <summary>Addresses end up in logs and in the catalog, so nothing but printable ASCII gets in.</summary>
    private static string Text(ref BodyReader reader)
    {
        var bytes = reader.Bytes(reader.U8());
        return bytes.All(b => b is > 0x20 and < 0x7f)
            ? Encoding.ASCII.GetString(bytes)
            : throw new PeerProtocolException(PeerFault.Malformed, "An address has characters that no address has.");
    }
}
