using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Model;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Dns.Tests.Serving;

/// <summary>Over real sockets.</summary>
public sealed class DnsServerTests : IAsyncLifetime
{
    private readonly DnsFixture _dns = new();
    private DnsServer _server = null!;

    public ValueTask InitializeAsync()
    {
        _dns.Node("n1", "10.0.0.1");
        _dns.Service("api", "n1", 8080);
        _server = Start(_dns.Options);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Udp_ManyClients_EachGetsItsAnswer()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            var reply = await AskUdpAsync(_server.EndPoint, Message.Query("api.service.konsul", Message.A, id: (ushort)i));
            Assert.Equal((i, "10.0.0.1"), (reply.Id, Assert.Single(reply.Answers).Data));
        }));
    }

    [Fact]
    public async Task Udp_HostilePackets_DoNotStopTheServer()
    {
        using var client = Connected(_server.EndPoint);
        foreach (var packet in (byte[][])[[], [1], new byte[11], new byte[65_000], [.. Enumerable.Repeat((byte)0xFF, 600)], [.. Enumerable.Repeat((byte)0xC0, 40)]])
            await client.SendAsync(packet);

        Assert.Equal("10.0.0.1", (await AskUdpAsync(_server.EndPoint, Message.Query("n1.node.konsul", Message.A))).Answers[0].Data);
    }

    [Fact]
    public async Task Tcp_PipelinedQueriesInOddPieces_AreAllAnswered()
    {
        using var client = await ConnectAsync(_server.EndPoint);
        var bytes = Enumerable.Range(0, 100).SelectMany(i => Framed(Message.Query("api.service.konsul", Message.Srv, id: (ushort)i))).ToArray();
        for (var at = 0; at < bytes.Length; at += 7)
            await client.WriteAsync(bytes.AsMemory(at, Math.Min(7, bytes.Length - at)));
        client.Socket.Shutdown(SocketShutdown.Send);

        for (var i = 0; i < 100; i++)
            Assert.Equal(i, (await ReadAsync(client))!.Id);
        Assert.Null(await ReadAsync(client));
    }

    [Fact]
    public async Task Tcp_Garbage_ClosesOnlyThatConnection()
    {
        using var liar = await ConnectAsync(_server.EndPoint);
        await liar.WriteAsync((byte[])[0xFF, 0xFF, 1, 2, 3]);
        liar.Socket.Shutdown(SocketShutdown.Send);
        Assert.Null(await ReadAsync(liar));
        using var empty = await ConnectAsync(_server.EndPoint);
        await empty.WriteAsync((byte[])[0, 0, .. Framed(Message.Query("n1.node.konsul", Message.A))]);

        Assert.Equal("10.0.0.1", (await ReadAsync(empty))!.Answers[0].Data);
    }

    [Fact]
    public async Task Tcp_IdleConnection_IsClosed()
    {
        var time = new ManualTimeProvider();
        await using var server = Start(_dns.Options, time);
        using var client = await ConnectAsync(server.EndPoint);
        await client.WriteAsync(Framed(Message.Query("n1.node.konsul", Message.A)));
        Assert.NotNull(await ReadAsync(client));

        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Null(await ReadAsync(client));
    }

    [Fact]
    public async Task Tcp_TooManyConnections_FurtherOnesAreClosed()
    {
        await using var server = Start(_dns.Options with { MaxTcpConnections = 2 });
        using var first = await ConnectAsync(server.EndPoint);
        using var second = await ConnectAsync(server.EndPoint);
        foreach (var client in (NetworkStream[])[first, second])
        {
            await client.WriteAsync(Framed(Message.Query("n1.node.konsul", Message.A)));
            Assert.NotNull(await ReadAsync(client));
        }

        using var third = await ConnectAsync(server.EndPoint);
        Assert.Null(await ReadAsync(third));
        first.Dispose();
        await Eventually.HoldsAsync("there is room again", async () =>
        {
            using var later = await ConnectAsync(server.EndPoint);
            await later.WriteAsync(Framed(Message.Query("n1.node.konsul", Message.A)));
            return await ReadAsync(later) is not null;
        });
    }

    [Fact]
    public async Task Udp_MoreThanTheRate_IsDroppedOrSentToTcp()
    {
        var time = new ManualTimeProvider();
        await using var server = Start(_dns.Options with { ResponsesPerSecond = 5 }, time);
        using var client = Connected(server.EndPoint);
        for (var i = 0; i < 20; i++)
            await client.SendAsync(Message.Query("api.service.konsul", Message.A, id: (ushort)i));

        var replies = new List<Message>();
        while (replies.Count(r => !r.Truncated) < 5 || !replies.Exists(r => r.Truncated))
            replies.Add(await ReceiveAsync(client));
        Assert.Equal(5, replies.Count(r => !r.Truncated));
        Assert.All(replies.Where(r => r.Truncated), r => Assert.Empty(r.Answers));

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single((await AskUdpAsync(server.EndPoint, Message.Query("api.service.konsul", Message.A))).Answers);
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.45.6.7")]
    [InlineData("::", "127.45.6.8")]
    [InlineData("::", "::1")]
    public async Task Udp_OnAllAddresses_RepliesFromTheOneThatWasAsked(string listen, string asked)
    {
        await using var server = Start(_dns.Options with { Listen = new IPEndPoint(IPAddress.Parse(listen), 0) });

        // A connected client hears nobody else; the second time another socket answers.
        for (var i = 0; i < 3; i++)
        {
            var reply = await AskUdpAsync(new IPEndPoint(IPAddress.Parse(asked), server.EndPoint.Port), Message.Query("api.service.konsul", Message.A));
            Assert.Equal("10.0.0.1", Assert.Single(reply.Answers).Data);
        }
    }

    [Fact]
    public async Task Start_PortTaken_FailsOrTakesAnother()
    {
        Assert.Throws<SocketException>(() => Start(_dns.Options with { Listen = _server.EndPoint }));

        await using var other = Start(_dns.Options with { Listen = _server.EndPoint, PortIsFree = true });
        Assert.NotEqual(_server.EndPoint.Port, other.EndPoint.Port);
        Assert.Single((await AskUdpAsync(other.EndPoint, Message.Query("api.service.konsul", Message.A))).Answers);
    }

    [Fact]
    public async Task Dispose_OpenConnections_EndsAndFreesThePort()
    {
        var server = Start(_dns.Options);
        using var client = await ConnectAsync(server.EndPoint);
        await client.WriteAsync(Framed(Message.Query("n1.node.konsul", Message.A)));
        Assert.NotNull(await ReadAsync(client));

        await server.DisposeAsync();

        Assert.Null(await ReadAsync(client));
        await using var again = Start(_dns.Options with { Listen = server.EndPoint });
        Assert.Single((await AskUdpAsync(again.EndPoint, Message.Query("api.service.konsul", Message.A))).Answers);
    }

    [Fact]
    public async Task Recursion_OverBothTransports_IsRelayed()
    {
        await using var upstream = new Recursion.FakeUpstream((q, _) => Recursion.FakeUpstream.Reply(q, ["192.0.2.1"], ttl: 0));
        await using var server = Start(_dns.Options with { Recursors = [upstream.EndPoint] });
        using var client = await ConnectAsync(server.EndPoint);
        await client.WriteAsync((byte[])[.. Framed(Message.Query("www.example.com", Message.A, id: 1)), .. Framed(Message.Query("n1.node.konsul", Message.A, id: 2))]);

        Message[] replies = [(await ReadAsync(client))!, (await ReadAsync(client))!];

        Assert.Equal(["1 192.0.2.1", "2 10.0.0.1"], replies.Select(r => $"{r.Id} {r.Answers[0].Data}").Order(StringComparer.Ordinal));
        Assert.Equal("192.0.2.1", (await AskUdpAsync(server.EndPoint, Message.Query("www.example.com", Message.A))).Answers[0].Data);
    }

    private DnsServer Start(DnsOptions options, TimeProvider? time = null) => DnsServer.Start(
        options, () => _dns.Store.View, new CatalogSources(), _dns.Metrics, SystemRandom.Instance, time ?? TimeProvider.System, NullLogger<DnsServer>.Instance);

    private static Socket Connected(IPEndPoint server)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(server);
        return socket;
    }

    private static async Task<Message> AskUdpAsync(IPEndPoint server, byte[] query)
    {
        using var client = Connected(server);
        await client.SendAsync(query);
        return await ReceiveAsync(client);
    }

    private static async Task<Message> ReceiveAsync(Socket client)
    {
        using var deadline = new CancellationTokenSource(Eventually.DefaultTimeout);
        var buffer = new byte[65_535];
        var length = await client.ReceiveAsync(buffer, deadline.Token);
        return Message.Read(buffer.AsSpan(0, length));
    }

    private static async Task<NetworkStream> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static byte[] Framed(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];

    /// <returns>Null at the end.</returns>
    private static async Task<Message?> ReadAsync(NetworkStream stream)
    {
        using var deadline = new CancellationTokenSource(Eventually.DefaultTimeout);
        var length = new byte[2];
        try
        {
            if (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, deadline.Token) < 2)
                return null;
            var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(message, deadline.Token);
            return Message.Read(message);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
