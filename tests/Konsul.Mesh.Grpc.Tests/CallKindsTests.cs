using Google.Protobuf;
using Grpc.Core;

namespace Konsul.Mesh.Grpc.Tests;

public sealed class CallKindsTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task AllKinds_OverPlainAndTls_Work(bool tls, bool byType)
    {
        await using var host = await EchoHost.StartAsync(tls: tls, byType: byType);
        using var channel = host.CreateChannel();
        var client = new Echo.EchoClient(channel);

        await AssertAllKindsAsync(client);

        Assert.Equal("blocking", client.Unary(new EchoRequest { Text = "blocking" }).Text);
        Assert.StartsWith("ipv4:127.0.0.1:", host.Service.Peer, StringComparison.Ordinal);
        Assert.Equal(DateTime.MaxValue, host.Service.Deadline);
    }

    internal static async Task AssertAllKindsAsync(Echo.EchoClient client)
    {
        Assert.Equal("grüße", (await client.UnaryAsync(new EchoRequest { Text = "grüße" })).Text);

        using var down = client.Down(new EchoRequest { Text = "d", Count = 3 });
        var numbers = new List<int>();
        await foreach (var reply in down.ResponseStream.ReadAllAsync())
            numbers.Add(reply.Number);
        Assert.Equal([0, 1, 2], numbers);
        Assert.Equal(StatusCode.OK, down.GetStatus().StatusCode);

        using var up = client.Up();
        foreach (var text in new[] { "a", "b", "c" })
            await up.RequestStream.WriteAsync(new EchoRequest { Text = text });
        await up.RequestStream.CompleteAsync();
        Assert.Equal("a,b,c", (await up).Text);

        // Each reply is awaited before the next request goes out, so both directions stream at once.
        using var both = client.Both();
        for (var i = 0; i < 5; i++)
        {
            await both.RequestStream.WriteAsync(new EchoRequest { Text = $"t{i}" });
            Assert.True(await both.ResponseStream.MoveNext());
            Assert.Equal(($"t{i}", i), (both.ResponseStream.Current.Text, both.ResponseStream.Current.Number));
        }

        await both.RequestStream.CompleteAsync();
        Assert.False(await both.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task GetHttpContext_ClientSentCertificate_ShowsIt()
    {
        await using var host = await EchoHost.StartAsync(tls: true);
        using var certificate = EchoHost.CreateCertificate("the-client");
        using var channel = host.CreateChannel(clientCertificate: certificate);

        await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest());

        Assert.Equal("CN=the-client", host.Service.ClientCertificate);
    }

    [Fact]
    public async Task Unary_ThousandAtOnce_AllAnswered()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        var client = new Echo.EchoClient(channel);

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 1000).Select(i => client.UnaryAsync(new EchoRequest { Text = $"{i}" }).ResponseAsync));

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), replies.Select(r => r.Text));
    }

    [Fact]
    public async Task Unary_MessageOfSeveralWindows_ComesBackWhole()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        var bytes = new byte[4 * 1024 * 1024 - 100];
        new Random(7).NextBytes(bytes);

        var reply = await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Payload = ByteString.CopyFrom(bytes) });

        Assert.True(reply.Payload.Span.SequenceEqual(bytes));
    }

    [Fact]
    public async Task WithHost_AnotherAuthority_IsWhatTheServerSees()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = host.CreateChannel();
        var client = new Echo.EchoClient(channel).WithHost("other.example");

        var reply = await client.UnaryAsync(new EchoRequest { Text = "x" });

        Assert.Equal("x", reply.Text);
        Assert.Equal("other.example", host.Service.Host);
    }
}
