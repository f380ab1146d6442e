using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Dns.Serving;

/// <summary>
/// Bounds the answers per second to one source, so that forged packets cannot turn this server against whom they name. A table of fixed size:
/// sources that fall on one place take it from each other, which only ever allows more.
/// </summary>
internal sealed class ResponseRate(int perSecond, TimeProvider time)
{
    private const int Places = 1 << 14;
    private const int Locks = 64;

    private struct Bucket
    {
        public ulong Source;
        public long At;
        public double Tokens;
    }

    private readonly Bucket[] _buckets = perSecond > 0 ? new Bucket[Places] : [];
    private readonly Lock[] _locks = perSecond > 0 ? [.. Enumerable.Range(0, Locks).Select(_ => new Lock())] : [];

    public bool Allows(SocketAddress source)
    {
        if (perSecond <= 0)
            return true;
        var key = KeyOf(source);
        var place = (int)((key * 0x9E3779B97F4A7C15) >> 50);
        lock (_locks[place % Locks])
        {
            ref var bucket = ref _buckets[place];
            var now = time.GetTimestamp();
            if (bucket.Source != key || bucket.At == 0)
                bucket = new Bucket { Source = key, At = now, Tokens = perSecond };
            bucket.Tokens = Math.Min(perSecond, bucket.Tokens + (time.GetElapsedTime(bucket.At, now).TotalSeconds * perSecond));
            bucket.At = now;
            if (bucket.Tokens < 1)
                return false;
            bucket.Tokens--;
            return true;
        }
    }

    /// <summary>The IPv4 address, also one within IPv6; of IPv6 the network of 64 bits, which one host may own whole.</summary>
    private static ulong KeyOf(SocketAddress source)
    {
        var bytes = source.Buffer.Span[..source.Size];
        if (source.Family == AddressFamily.InterNetwork)
            return BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var network = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        return network != 0 ? network : BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
    }
}
