using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Recursion;

/// <summary>
/// Asks one server one question: over UDP from a port of its own with an id that cannot be guessed, over TCP when the answer does not fit.
/// </summary>
internal static class UpstreamClient
{
    /// <summary>What passes any link in one piece.</summary>
    private const ushort UdpSize = 1232;

    /// <param name="server">Whom to ask.</param>
    /// <param name="question">Name in lower case, type, class.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="IOException">It closed the connection early, or sent no answer to the question.</exception>
    /// <exception cref="OperationCanceledException">It did not answer in time.</exception>
    public static async Task<UpstreamReply> AskAsync(IPEndPoint server, byte[] question, CancellationToken cancellation)
    {
        var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        var query = Query(id, question);
        var reply = await AskUdpAsync(server, query, id, question, cancellation).ConfigureAwait(false);
        return reply.Truncated ? await AskTcpAsync(server, query, id, question, cancellation).ConfigureAwait(false) : reply;
    }

    private static byte[] Query(ushort id, byte[] question)
    {
        var query = new byte[2 + HeaderFlags.HeaderLength + question.Length + 11];
        var message = query.AsSpan(2);
        BinaryPrimitives.WriteUInt16BigEndian(query, (ushort)message.Length);
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], HeaderFlags.RecursionDesired);
        message[5] = 1;
        message[11] = 1;
        question.CopyTo(message[HeaderFlags.HeaderLength..]);
        var opt = message[(HeaderFlags.HeaderLength + question.Length)..];
        BinaryPrimitives.WriteUInt16BigEndian(opt[1..], (ushort)RecordType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(opt[3..], UdpSize);
        return query;
    }

    private static async Task<UpstreamReply> AskUdpAsync(IPEndPoint server, byte[] query, ushort id, byte[] question, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);

        // Connected: the kernel drops what comes from elsewhere.
        await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
        await socket.SendAsync(query.AsMemory(2), cancellation).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
                if (UpstreamReply.Read(buffer.AsSpan(0, length), id, question) is { } reply)
                    return reply;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<UpstreamReply> AskTcpAsync(IPEndPoint server, byte[] query, ushort id, byte[] question, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
        using var stream = new NetworkStream(socket);
        await stream.WriteAsync(query, cancellation).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            await stream.ReadExactlyAsync(buffer.AsMemory(0, 2), cancellation).ConfigureAwait(false);
            var length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
            await stream.ReadExactlyAsync(buffer.AsMemory(0, length), cancellation).ConfigureAwait(false);
            return UpstreamReply.Read(buffer.AsSpan(0, length), id, question) ?? throw new IOException("The answer is not one to the question.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
