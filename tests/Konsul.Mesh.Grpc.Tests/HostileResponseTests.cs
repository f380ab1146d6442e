using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>What the client makes of answers that are not a proper gRPC server's.</summary>
public sealed class HostileResponseTests
{
    [Theory]
    [InlineData(HttpStatusCode.BadRequest, StatusCode.Internal)]
    [InlineData(HttpStatusCode.Unauthorized, StatusCode.Unauthenticated)]
    [InlineData(HttpStatusCode.Forbidden, StatusCode.PermissionDenied)]
    [InlineData(HttpStatusCode.NotFound, StatusCode.Unimplemented)]
    [InlineData(HttpStatusCode.TooManyRequests, StatusCode.Unavailable)]
    [InlineData(HttpStatusCode.BadGateway, StatusCode.Unavailable)]
    [InlineData(HttpStatusCode.ServiceUnavailable, StatusCode.Unavailable)]
    [InlineData(HttpStatusCode.GatewayTimeout, StatusCode.Unavailable)]
    [InlineData(HttpStatusCode.InternalServerError, StatusCode.Unknown)]
    public async Task HttpStatus_WithoutGrpcStatus_IsMapped(HttpStatusCode http, StatusCode expected) =>
        Assert.Equal(expected, (await CallAsync(new HttpResponseMessage(http))).StatusCode);

    [Fact]
    public async Task HttpStatus_WithGrpcStatus_YieldsToIt()
    {
        var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.Add("grpc-status", "5");
        response.Headers.Add("grpc-message", "a%20b%zz%C3%A4");
        response.Headers.Add("x-more", "1");

        var failure = await CallAsync(response);

        Assert.Equal(new Status(StatusCode.NotFound, "a b%zzä"), failure.Status);
        Assert.Equal("1", failure.Trailers.GetValue("x-more"));
    }

    [Theory]
    [InlineData("text/html", "0", StatusCode.Unknown)]
    [InlineData("application/grpc", null, StatusCode.Internal)]
    [InlineData("application/grpc", "none", StatusCode.Unknown)]
    [InlineData("application/grpc", "99", StatusCode.Unknown)]
    [InlineData("application/grpc", "0", StatusCode.Internal)] // OK, but no message
    [InlineData("application/grpc", "16", StatusCode.Unauthenticated)]
    public async Task Body_Empty_EndsByContentTypeAndTrailer(string contentType, string? status, StatusCode expected) =>
        Assert.Equal(expected, (await CallAsync(Response([], contentType, status))).StatusCode);

    [Theory]
    [InlineData(new byte[] { 0, 0, 0 }, StatusCode.Internal)]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 }, StatusCode.Internal)]
    [InlineData(new byte[] { 0, 255, 0, 0, 0 }, StatusCode.ResourceExhausted)]
    [InlineData(new byte[] { 0, 0, 0, 0, 1, 255 }, StatusCode.Internal)]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, StatusCode.Internal)] // two messages
    public async Task Body_Malformed_IsAStatus(byte[] body, StatusCode expected) =>
        Assert.Equal(expected, (await CallAsync(Response(body, "application/grpc", "0"))).StatusCode);

    [Fact]
    public async Task Body_Gzip_IsReadWithinTheLimitAndRefusedBeyond()
    {
        Assert.Equal("zipped", (await UnaryAsync(new EchoReply { Text = "zipped" })).Text);
        var bomb = new EchoReply { Payload = ByteString.CopyFrom(new byte[5_000_000]) };
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => UnaryAsync(bomb))).StatusCode);

        static async Task<EchoReply> UnaryAsync(EchoReply reply)
        {
            var response = Response(RawCalls.Frame(RawCalls.Gzip(reply.ToByteArray()), flag: 1), "application/grpc", "0");
            response.Headers.Add("grpc-encoding", "gzip");
            using var channel = Channel(_ => response);
            return await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest());
        }
    }

    [Fact]
    public async Task Encoding_Unknown_IsInternal()
    {
        var response = Response([0, 0, 0, 0, 0], "application/grpc", "0");
        response.Headers.Add("grpc-encoding", "zstd");

        Assert.Equal(StatusCode.Internal, (await CallAsync(response)).StatusCode);
    }

    [Fact]
    public async Task Handler_Throws_IsUnavailableAndKeepsTheCause()
    {
        using var channel = Channel(_ => throw new HttpRequestException("no route"));

        var failure = await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(new EchoRequest()).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains("no route", failure.Status.Detail, StringComparison.Ordinal);
        Assert.IsType<HttpRequestException>(failure.Status.DebugException);
    }

    [Theory]
    [InlineData("grpc-timeout")]
    [InlineData("content-type")]
    public void Metadata_ReservedKey_IsRefusedBeforeAnythingIsSent(string key)
    {
        using var channel = Channel(_ => throw new InvalidOperationException("sent"));

        Assert.Throws<ArgumentException>(() => new Echo.EchoClient(channel).UnaryAsync(new EchoRequest(), new Metadata { { key, "x" } }));
    }

    [Fact]
    public void Channel_DisposedOrWrongAddress_Throws()
    {
        var channel = Channel(_ => new HttpResponseMessage());
        var client = new Echo.EchoClient(channel);
        channel.Dispose();

        Assert.Throws<ObjectDisposedException>(() => client.UnaryAsync(new EchoRequest()));
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("ftp://x"));
    }

    private static HttpResponseMessage Response(byte[] body, string contentType, string? status)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new MemoryStream(body)) };
        response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (status is not null)
            response.TrailingHeaders.Add("grpc-status", status);
        return response;
    }

    private static async Task<RpcException> CallAsync(HttpResponseMessage response)
    {
        using var channel = Channel(_ => response);
        return await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(new EchoRequest()).ResponseAsync);
    }

    private static GrpcChannel Channel(Func<HttpRequestMessage, HttpResponseMessage> answer) =>
        GrpcChannel.ForAddress("http://fake.example", new GrpcChannelOptions { HttpHandler = new FakeHandler(answer) });

    private sealed class FakeHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }
}
