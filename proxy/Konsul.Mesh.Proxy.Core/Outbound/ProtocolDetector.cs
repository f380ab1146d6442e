using System.Net.Sockets;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>Tells protocols apart by the first bytes, which stay in the socket for whoever reads next.</summary>
internal static class ProtocolDetector
{
    private const int MaxPeek = 16;
    private static readonly TimeSpan Recheck = TimeSpan.FromMilliseconds(10);
    private static readonly byte[][] Methods =
    [
        "GET "u8.ToArray(), "POST "u8.ToArray(), "PUT "u8.ToArray(), "HEAD "u8.ToArray(), "DELETE "u8.ToArray(), "OPTIONS "u8.ToArray(),
        "PATCH "u8.ToArray(), "TRACE "u8.ToArray(), "CONNECT "u8.ToArray(), "PROPFIND "u8.ToArray(), "PROPPATCH "u8.ToArray(),
        "MKCOL "u8.ToArray(), "COPY "u8.ToArray(), "MOVE "u8.ToArray(), "LOCK "u8.ToArray(), "UNLOCK "u8.ToArray(), "REPORT "u8.ToArray(),
    ];

    private static readonly byte[] Http2Preface = "PRI * HTTP/2.0\r\n"u8.ToArray();

    /// <param name="socket">The accepted socket.</param>
    /// <param name="stream">The same as a stream.</param>
    /// <param name="silence">How long to wait for enough bytes.</param>
    /// <param name="time">The clock for it.</param>
    /// <returns><see cref="DetectedProtocol.Unknown"/> for other bytes, for silence and for a client that ended.</returns>
    public static async ValueTask<DetectedProtocol> DetectAsync(Socket socket, NetworkStream stream, TimeSpan silence, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(silence, time);
        try
        {
            while (true)
            {
                await stream.ReadAsync(Memory<byte>.Empty, limit.Token).ConfigureAwait(false);
                if (Classify(socket) is { } found)
                {
                    return found;
                }

                // The beginning of a method and no more: what is there already makes the socket readable, so only time can tell.
                await Task.Delay(Recheck, time, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return DetectedProtocol.Unknown;
        }
    }

    /// <returns>Null while the bytes may still become HTTP.</returns>
    internal static DetectedProtocol? Classify(ReadOnlySpan<byte> seen)
    {
        if (Http2Preface.AsSpan().StartsWith(seen) || seen.StartsWith(Http2Preface))
        {
            return seen.Length >= Http2Preface.Length ? DetectedProtocol.Http2 : null;
        }

        foreach (var method in Methods)
        {
            if (method.AsSpan().StartsWith(seen))
            {
                return null;
            }

            // A target begins with '/', '*' or a scheme; "GET key" is a command of some other protocol.
            if (seen.StartsWith(method))
            {
                return method.Length == 8 && method[0] == 'C' || seen[method.Length] is (byte)'/' or (byte)'*' or (byte)'h' or (byte)'H'
                    ? DetectedProtocol.Http1
                    : DetectedProtocol.Unknown;
            }
        }

        return DetectedProtocol.Unknown;
    }

    private static DetectedProtocol? Classify(Socket socket)
    {
        Span<byte> bytes = stackalloc byte[MaxPeek];
        var count = socket.Receive(bytes, SocketFlags.Peek);
        return count == 0 ? DetectedProtocol.Unknown : Classify(bytes[..count]);
    }
}
