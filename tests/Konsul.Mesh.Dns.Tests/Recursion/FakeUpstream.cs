using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.Dns.Tests.Recursion;

/// <summary>A name server on loopback, UDP and TCP, that answers as the test says.</summary>
internal sealed class FakeUpstream : IAsyncDisposable
{
    private const int Attempts = 20;
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly Func<byte[], bool, byte[]?> _answer;
    private readonly Task _running;
    private int _asked;

    /// <param name="answer">From a query, and whether it came over UDP, to the reply; null for none.</param>
    public FakeUpstream(Func<byte[], bool, byte[]?> answer)
    {
        _answer = answer;
        (_udp, _tcp) = Bind(1);
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _tcp.Listen();
        _running = Task.WhenAll(UdpAsync(), TcpAsync());
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>One port of both kinds: what is free for one may be taken for the other.</summary>
    private static (Socket Udp, Socket Tcp) Bind(int attempt)
    {
        var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            tcp.Bind(udp.LocalEndPoint!);
            return (udp, tcp);
        }
        catch (SocketException) when (attempt < Attempts)
        {
            udp.Dispose();
            tcp.Dispose();
            return Bind(attempt + 1);
        }
    }

    /// <summary>Queries that came so far.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>A reply with one address record per address, or none and a code.</summary>
    public static byte[] Reply(byte[] query, string[] addresses, uint ttl = 60, int code = 0, bool truncated = false, bool soa = false)
    {
        var questionEnd = 12;
        while (query[questionEnd] != 0)
            questionEnd += query[questionEnd] + 1;
        questionEnd += 5;
        using var bytes = new MemoryStream();
        bytes.Write(query, 0, 2);
        bytes.Write([(byte)(0x81 | (truncated ? 2 : 0)), (byte)(0x80 | code), 0, 1, 0, (byte)addresses.Length, 0, (byte)(soa ? 1 : 0), 0, 1]);
        bytes.Write(query, 12, questionEnd - 12);
        var number = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, ttl);
        foreach (var address in addresses)
        {
            bytes.Write([0xC0, 12]);
            if (IPAddress.TryParse(address, out var ip))
            {
                bytes.Write([0, (byte)(ip.GetAddressBytes().Length == 4 ? 1 : 28), 0, 1, .. number, 0, (byte)ip.GetAddressBytes().Length, .. ip.GetAddressBytes()]);
            }
            else
            {
                byte[] target = [.. address.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];
                bytes.Write([0, 5, 0, 1, .. number, 0, (byte)target.Length, .. target]);
            }
        }

        if (soa)
            bytes.Write([0, 0, 6, 0, 1, .. number, 0, 22, 0, 0, .. new byte[16], .. number]);
        bytes.Write([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        return bytes.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        _udp.Dispose();
        _tcp.Dispose();
        await _running;
    }

    private async Task UdpAsync()
    {
        var buffer = new byte[65_535];
        try
        {
            while (true)
            {
                var got = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                Interlocked.Increment(ref _asked);
                if (_answer(buffer[..got.ReceivedBytes], true) is { } reply)
                    await _udp.SendToAsync(reply, got.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TcpAsync()
    {
        try
        {
            while (true)
            {
                using var client = new NetworkStream(await _tcp.AcceptAsync(), ownsSocket: true);
                var length = new byte[2];
                await client.ReadExactlyAsync(length);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await client.ReadExactlyAsync(query);
                Interlocked.Increment(ref _asked);
                if (_answer(query, false) is not { } reply)
                    continue;
                await client.WriteAsync((byte[])[(byte)(reply.Length >> 8), (byte)reply.Length, .. reply]);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
