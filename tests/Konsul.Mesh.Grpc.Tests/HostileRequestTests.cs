using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>What a server says to bytes that are not a proper call. After each, the same connection still serves.</summary>
public sealed class HostileRequestTests
{
    private static readonly byte[] Proper = RawCalls.Frame(new EchoRequest { Text = "x" });

    public static TheoryData<string, byte[], string, string> BadBodies => new()
    {
        { "nothing", [], "13", "Incomplete message." },
        { "half a header", [0, 0, 0], "13", "Incomplete message." },
        { "half a payload", Proper[..^1], "13", "Incomplete message." },
        { "an unknown flag", [7, 0, 0, 0, 0], "13", "Unexpected compressed flag value in message header." },
        { "4 GiB announced", [0, 255, 255, 255, 255, 1], "8", "Received message exceeds the maximum configured message size." },
        { "a second message", [.. Proper, .. Proper], "13", "Additional data after the message received." },
        { "not protobuf", RawCalls.Frame([255, 255, 255]), "13", "Error while deserializing the message." },
        {
            "compressed, unnamed", RawCalls.Frame([1, 2], flag: 1), "13",
            "Request or response message is compressed but no grpc-encoding names how."
        },
        { "text", "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), "13", "Unexpected compressed flag value in message header." },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Unary_BadBody_SaysWhatIsWrong(string what, byte[] body, string status, string message)
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);

        var answer = await raw.UnaryAsync(body);

        Assert.Equal(
            (what, HttpStatusCode.OK, status, message, true),
            (what, answer.Http, answer.Status, answer.Message, answer.TrailersOnly));
        Assert.Equal("0", (await raw.UnaryAsync(Proper)).Status);
        Assert.DoesNotContain(host.Log, l => l.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unary_GzipWithinAndBeyondTheLimit_IsReadOrRefused()
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);
        var fits = RawCalls.Gzip(new EchoRequest { Text = "zipped", Payload = ByteString.CopyFrom(new byte[4_000_000]) }.ToByteArray());
        var bomb = RawCalls.Gzip(new byte[200_000_000]);

        var read = await raw.UnaryAsync(RawCalls.Frame(fits, flag: 1), ("grpc-encoding", "gzip"));
        var refused = await raw.UnaryAsync(RawCalls.Frame(bomb, flag: 1), ("grpc-encoding", "gzip"));
        var corrupt = await raw.UnaryAsync(RawCalls.Frame([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], flag: 1), ("grpc-encoding", "gzip"));

        Assert.True(bomb.Length < 1_000_000);
        Assert.Equal("0", read.Status);
        Assert.Equal("zipped", EchoReply.Parser.ParseFrom(read.Body, 5, read.Body.Length - 5).Text);
        Assert.Equal("8", refused.Status);
        Assert.Equal(("13", "Error while decompressing the message."), (corrupt.Status, corrupt.Message));
    }

    [Fact]
    public async Task Unary_UnknownEncoding_IsUnimplementedAndNamesTheKnown()
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);

        var answer = await raw.UnaryAsync(Proper, ("grpc-encoding", "snappy"));

        Assert.Equal(("12", "identity,gzip"), (answer.Status, answer.AcceptEncoding));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    [InlineData("5X")]
    public async Task Unary_MalformedTimeout_IsRefused(string timeout)
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);

        var answer = await raw.UnaryAsync(Proper, ("grpc-timeout", timeout));

        Assert.Equal(("13", "Malformed grpc-timeout."), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task Metadata_NotBase64_IsRefused()
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);

        var answer = await raw.UnaryAsync(RawCalls.Frame(new EchoRequest { Text = "meta" }), ("x-bad-bin", "$$$"));

        Assert.Equal(("13", "The value of the metadata key 'x-bad-bin' is not base64."), (answer.Status, answer.Message));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/grpc-web")]
    [InlineData("application/json")]
    public async Task Unary_OtherContentType_Is415(string contentType)
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);

        var answer = await raw.PostAsync("/konsul.mesh.test.Echo/Unary", contentType, new ByteArrayContent(Proper));

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, null), (answer.Http, answer.Status));
    }

    [Fact]
    public async Task Unary_OverHttp11_Is426()
    {
        await using var host = await EchoHost.StartAsync(protocols: HttpProtocols.Http1);
        using var raw = new RawCalls(host.Address, HttpVersion.Version11);

        var answer = await raw.UnaryAsync(Proper);

        Assert.Equal((HttpStatusCode.UpgradeRequired, null), (answer.Http, answer.Status));
    }

    [Theory]
    [InlineData("/konsul.mesh.test.Echo/Nothing", "application/grpc", HttpStatusCode.OK, "12")]
    [InlineData("/no.Such/Method", "application/grpc+proto", HttpStatusCode.OK, "12")]
    [InlineData("/no.Such/Method", "text/plain", HttpStatusCode.NotFound, null)]
    [InlineData("/plain/post", "text/plain", HttpStatusCode.OK, null)]
    public async Task Post_UnknownMethod_IsUnimplementedForGrpcAlone(string path, string contentType, HttpStatusCode http, string? status)
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);

        var answer = await raw.PostAsync(path, contentType, new ByteArrayContent(Proper));

        Assert.Equal((http, status), (answer.Http, answer.Status));
    }

    [Fact]
    public async Task Both_HalfFrameThenReset_CancelsTheHandlerOnly()
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);
        using var content = new BrokenContent([.. Proper, 0, 0]);

        await Assert.ThrowsAnyAsync<Exception>(() => raw.PostAsync("/konsul.mesh.test.Echo/Both", "application/grpc", content));

        await host.Service.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("0", (await raw.UnaryAsync(Proper)).Status);
    }

    [Fact]
    public async Task BigMetadata_WithinAndBeyondTheServersLimit_PassesOrIsRefused()
    {
        await using var host = await EchoHost.StartAsync();
        using var raw = new RawCalls(host.Address);

        var passes = await raw.UnaryAsync(Proper, ("x-big", new string('a', 24_000)));
        var failure = await Record.ExceptionAsync(async () =>
            Assert.NotEqual(HttpStatusCode.OK, (await raw.UnaryAsync(Proper, ("x-big", new string('a', 200_000)))).Http));

        Assert.Equal("0", passes.Status);
        Assert.True(failure is null or HttpRequestException, failure?.ToString());
        Assert.Equal("0", (await raw.UnaryAsync(Proper)).Status);
    }

    /// <summary>Sends its bytes, then breaks, so that the stream is reset.</summary>
    private sealed class BrokenContent(byte[] bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
            throw new IOException("broken on purpose");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
