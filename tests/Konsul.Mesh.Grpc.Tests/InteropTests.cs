using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>Both ends against @grpc/grpc-js and python3-grpcio.</summary>
public sealed class InteropTests
{
    [Theory]
    [InlineData(
        "node",
        "unary serverStreaming clientStreaming bidirectional metadata errorStatus deadline cancel gzip unknownMethod tooLarge")]
    [InlineData(
        "python",
        "unary_case server_streaming client_streaming bidirectional metadata error_status deadline cancel gzip deflate_is_refused "
            + "unknown_method too_large")]
    public async Task TheirClient_OurServer_AgreesOnEveryCase(string name, string cases)
    {
        var peer = await InteropPeer.FindAsync(name);
        await using var host = await EchoHost.StartAsync();

        var (code, output) = await peer.CallAsync(host.Address);

        Assert.True(code == 0, output);
        var passed = output.Split('\n').Where(l => l.StartsWith("ok ", StringComparison.Ordinal)).Select(l => l[3..].Trim());
        Assert.Equal(cases.Split(' '), passed);
    }

    [Theory]
    [InlineData("node", true)]
    [InlineData("python", false)] // its HPACK parser takes no comma in a binary header, and SocketsHttpHandler joins repeated headers by one
    public async Task OurClient_TheirServer_AgreesOnEveryCase(string name, bool repeatsBinary)
    {
        var peer = await InteropPeer.FindAsync(name);
        await using var server = await peer.ServeAsync();
        using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);

        await CallKindsTests.AssertAllKindsAsync(client);
        await AssertMetadataAsync(client, repeatsBinary ? [[0, 1, 254, 255], [7]] : [[0, 1, 254, 255]]);
        await AssertErrorsAsync(client);
        await AssertGzipReplyAsync(client);
    }

    private static async Task AssertMetadataAsync(Echo.EchoClient client, byte[][] binary)
    {
        var sent = new Metadata { { "x-text", "plain text" } };
        foreach (var bytes in binary)
            sent.Add("x-raw-bin", bytes);
        using var call = client.UnaryAsync(new EchoRequest { Text = "meta" }, sent);
        await call;

        foreach (var received in new[] { await call.ResponseHeadersAsync, call.GetTrailers() })
        {
            Assert.Equal("plain text", received.GetValue("x-text"));
            Assert.Equal(binary, received.GetAll("x-raw-bin").Select(e => e.ValueBytes));
        }
    }

    private static async Task AssertErrorsAsync(Echo.EchoClient client)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() =>
            client.UnaryAsync(new EchoRequest { Text = "fail:9:nicht möglich: 100 %" }).ResponseAsync);
        Assert.Equal(new Status(StatusCode.FailedPrecondition, "nicht möglich: 100 %"), refused.Status);
        Assert.Equal([0, 1, 254, 255], refused.Trailers.GetValueBytes("why-bin")!);

        using var down = client.Down(new EchoRequest { Text = "fail:15:late", Count = 2 });
        Assert.True(await down.ResponseStream.MoveNext());
        Assert.True(await down.ResponseStream.MoveNext());
        var late = await Assert.ThrowsAsync<RpcException>(() => down.ResponseStream.MoveNext());
        Assert.Equal(new Status(StatusCode.DataLoss, "late"), late.Status);

        var slow = await Assert.ThrowsAsync<RpcException>(() =>
            client.UnaryAsync(new EchoRequest { Text = "hang" }, deadline: DateTime.UtcNow.AddMilliseconds(300)).ResponseAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, slow.StatusCode);

        using var cancel = new CancellationTokenSource();
        using var hanging = client.UnaryAsync(new EchoRequest { Text = "hang" }, cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => hanging.ResponseAsync)).StatusCode);
    }

    /// <summary>Both servers are set to answer with gzip.</summary>
    private static async Task AssertGzipReplyAsync(Echo.EchoClient client)
    {
        var payload = ByteString.CopyFrom(new byte[300_000]);

        var reply = await client.UnaryAsync(new EchoRequest { Payload = payload });

        Assert.Equal(payload, reply.Payload);
    }
}
