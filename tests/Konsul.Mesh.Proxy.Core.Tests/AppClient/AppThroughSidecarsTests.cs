using System.Net;
using System.Net.Sockets;
using System.Text;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Proxy.Core.Tests.AppClient;

/// <summary>HTTP/1.1 apps of all kinds behind two sidecars.</summary>
public sealed class AppThroughSidecarsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly CertFactory _certs = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Echo_Of50Megabytes_WhileTheAppStillReads_ArrivesWhole(bool withLength)
    {
        await using var app = await FakeApp.StartAsync(c => c.Request.Body.CopyToAsync(c.Response.Body));
        await using var mesh = await MeshAsync(app.Port);
        using var content = new PatternContent(50_000_000);
        content.Headers.ContentLength = withLength ? 50_000_000 : null;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await mesh.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Limit);
        await using var body = await response.Content.ReadAsStreamAsync();

        Assert.Equal(50_000_000, await PatternContent.CountMatchingAsync(body).WaitAsync(Limit));
    }

    [Fact]
    public async Task Echo_ToAnHttp1Client_FlowsBothWaysAtTheSameTime()
    {
        const int Size = 50_000_000;
        await using var app = await EchoWithLengthAsync();
        await using var mesh = await MeshAsync(app.Port);
        using var client = new TcpClient("127.0.0.1", mesh.Port);
        var stream = client.GetStream();

        var sending = SendAsync(stream, Size, _ => { });
        var (head, received) = (new StringBuilder(), 0L);
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one).AsTask().WaitAsync(Limit);
            head.Append((char)one[0]);
        }

        var buffer = new byte[100_000];
        while (received < Size)
        {
            var count = await stream.ReadAsync(buffer).AsTask().WaitAsync(Limit);
            Assert.NotEqual(0, count);
            received += count;
        }

        await sending.WaitAsync(Limit);
        Assert.Contains($"Content-Length: {Size}", head.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Size, received);
    }

    [Fact]
    public async Task Echo_ToAClientThatDoesNotRead_TakesNoMoreFromIt()
    {
        await using var app = await EchoWithLengthAsync();
        await using var mesh = await MeshAsync(app.Port);
        using var client = new TcpClient("127.0.0.1", mesh.Port);
        var sent = 0L;

        var sending = SendAsync(client.GetStream(), 400_000_000, n => Interlocked.Exchange(ref sent, n));
        await Eventually.HoldsAsync("the client is held back", async () =>
        {
            var before = Interlocked.Read(ref sent);
            await Task.Delay(500);
            return before > 0 && Interlocked.Read(ref sent) == before ? null : $"{Interlocked.Read(ref sent)} bytes sent";
        });

        // Of 400 MB only what the windows and the kernel's buffers hold, both ways.
        Assert.InRange(Interlocked.Read(ref sent), 1, 120_000_000);
        client.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => sending);
    }

    [Theory]
    [InlineData("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", "")]
    [InlineData("HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge", "large")]
    [InlineData("HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\nlarge", "large")]
    [InlineData("HTTP/1.1 413 Too Large\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlarge\r\n0\r\n\r\n", "large")]
    public async Task Answer_BeforeTheBodyIsSent_ReachesAClientThatStillSends(string answer, string expected)
    {
        using var app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync(answer);
            if (answer.Contains("Connection: close", StringComparison.Ordinal))
            {
                c.Stream.Socket.Shutdown(SocketShutdown.Send);
            }

            await c.ReadToEndAsync();
        });
        await using var mesh = await MeshAsync(app.Port);
        using var client = new TcpClient("127.0.0.1", mesh.Port);
        var stream = client.GetStream();
        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbut only this much"u8.ToArray());

        // The rest of the body never comes: all hops must end the request by themselves, and with this answer.
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) || !text.ToString().Contains(expected, StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer).AsTask().WaitAsync(Limit);
            Assert.NotEqual(0, count);
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        Assert.StartsWith("HTTP/1.1 413 ", text.ToString(), StringComparison.Ordinal);
        await app.AConnectionEnded;
    }

    [Fact]
    public async Task Gets_OfAnAppThatClosesKeptConnections_NeverFail()
    {
        await using var server = new ClosingApp();
        await using var mesh = await MeshAsync(server.Port);

        for (var i = 0; i < 200; i++)
        {
            Assert.Equal("ok", await mesh.Client.GetStringAsync("/"));
        }

        Assert.True(server.Closed > 10, $"{server.Closed} closed");
    }

    [Theory]
    [InlineData("garbage\r\n\r\n", "the app gave an answer that is not valid (UC)\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n", "the app gave an answer that is not valid (UC)\n")]
    [InlineData("HTTP/1.1 200 OK\r\n", "the app ended the connection before its answer was complete (UC)\n")]
    public async Task Answer_ThatIsNoHttp_Is502(string answer, string expected)
    {
        using var app = RawApp.Answering(answer, close: true);
        await using var mesh = await MeshAsync(app.Port);

        using var response = await mesh.Client.GetAsync("/").WaitAsync(Limit);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("UC", response.Headers.GetValues("x-konsul-response-flags").Single());
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Answer_WithTooLargeAHead_Is502()
    {
        using var app = RawApp.Answering($"HTTP/1.1 200 OK\r\nX: {new string('x', 70_000)}\r\nContent-Length: 0\r\n\r\n");
        await using var mesh = await MeshAsync(app.Port);

        using var response = await mesh.Client.GetAsync("/").WaitAsync(Limit);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("UC", response.Headers.GetValues("x-konsul-response-flags").Single());
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task Answer_WithoutBody_KeepsItsHeaders(int status)
    {
        using var app = RawApp.Answering($"HTTP/1.1 {status} X\r\nETag: \"e\"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n");
        await using var mesh = await MeshAsync(app.Port);

        using var response = await mesh.Client.GetAsync("/").WaitAsync(Limit);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("\"e\"", response.Headers.ETag!.Tag);
        Assert.Equal(["a=1", "b=2"], response.Headers.GetValues("Set-Cookie"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Posts_AtTheSameTime_GetTheirOwnAnswers()
    {
        await using var app = await FakeApp.StartAsync(c => c.Request.Body.CopyToAsync(c.Response.Body));
        await using var mesh = await MeshAsync(app.Port);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async client =>
        {
            for (var i = 0; i < 50; i++)
            {
                var text = new string((char)('a' + client), 1 + (i * 1237 % 40_000));
                using var response = await mesh.Client.PostAsync("/", new StringContent(text));
                Assert.Equal(text, await response.Content.ReadAsStringAsync());
            }
        })).WaitAsync(Limit);
    }

    [Fact]
    public async Task Upload_ThatTheClientBreaksOff_IsNotTakenForTheWhole()
    {
        var started = new TaskCompletionSource();
        var outcome = new TaskCompletionSource<string>();
        await using var app = await FakeApp.StartAsync(async c =>
        {
            try
            {
                started.SetResult();
                await c.Request.Body.CopyToAsync(Stream.Null);
                outcome.SetResult("whole");
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                outcome.SetResult("broken");
            }
        });
        await using var mesh = await MeshAsync(app.Port);
        using (var client = new TcpClient("127.0.0.1", mesh.Port))
        {
            await client.GetStream().WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"u8.ToArray());
            await started.Task.WaitAsync(Limit);
        }

        Assert.Equal("broken", await outcome.Task.WaitAsync(Limit));
    }

    private static Task<FakeApp> EchoWithLengthAsync() => FakeApp.StartAsync(c =>
    {
        c.Response.ContentLength = c.Request.ContentLength;
        return c.Request.Body.CopyToAsync(c.Response.Body);
    });

    private static async Task SendAsync(NetworkStream stream, int size, Action<long> progress)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n"));
        var piece = new byte[100_000];
        for (var sent = 0; sent < size; sent += piece.Length)
        {
            await stream.WriteAsync(piece);
            progress(sent + piece.Length);
        }
    }

    private async Task<Mesh> MeshAsync(int appPort)
    {
        var api = await Sidecar.ForAppAsync(_certs, "api", appPort);
        var web = await Sidecar.StartAsync(_certs, "web");
        return new Mesh(api, web, await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
    }

    private sealed class Mesh(Sidecar api, Sidecar web, int port) : IAsyncDisposable
    {
        public int Port => port;

        public HttpClient Client { get; } = Sidecar.Client(port);

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await web.DisposeAsync();
            await api.DisposeAsync();
        }
    }

    /// <summary>Answers as if it kept the connection, and closes it a little later without a word.</summary>
    private sealed class ClosingApp : IAsyncDisposable
    {
        private readonly RawApp _app;
        private int _closed;

        public ClosingApp() => _app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            await Task.Delay(c.Number % 4);
            Interlocked.Increment(ref _closed);
        });

        public int Port => _app.Port;

        public int Closed => Volatile.Read(ref _closed);

        public ValueTask DisposeAsync()
        {
            _app.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
