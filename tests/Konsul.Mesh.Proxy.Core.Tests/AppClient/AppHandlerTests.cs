using System.Net;
using System.Net.Sockets;
using System.Text;
using Konsul.Mesh.Proxy.Core.AppClient;

namespace Konsul.Mesh.Proxy.Core.Tests.AppClient;

public sealed partial class AppHandlerTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Requests_OneAfterTheOther_UseOneConnection()
    {
        using var app = RawApp.Answering(Ok);
        using var client = Client(app);

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("ok", await GetAsync(client));
        }

        Assert.Equal(1, app.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", true)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nok", true)]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nok", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nX", false)]
    public async Task Connection_ThatMustNotBeReused_IsNot(string answer, bool appCloses)
    {
        using var app = RawApp.Answering(answer, appCloses);
        using var client = Client(app);

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("ok", await GetAsync(client));
        }

        Assert.Equal(5, app.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    public async Task Answer_WithoutBody_LeavesTheConnectionForTheNext(string answer)
    {
        using var app = RawApp.Answering(answer);
        using var client = Client(app);

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("", await GetAsync(client));
        }

        Assert.Equal(1, app.Connections);
    }

    [Fact]
    public async Task Answer_WithTrailersAndInterimAnswers_IsReadWhole()
    {
        using var app = RawApp.Answering(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Type: text/own\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n");
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://app/");

        using var response = await client.SendAsync(request, default);

        Assert.Equal("abcde", await response.Content.ReadAsStringAsync());
        Assert.Equal("5", response.TrailingHeaders.GetValues("X-Sum").Single());
        Assert.Equal("text/own", response.Content.Headers.ContentType!.MediaType);
        Assert.False(response.Headers.Contains("Link"));
    }

    [Theory]
    [InlineData("garbage\r\n\r\n", HttpRequestError.InvalidResponse)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", HttpRequestError.InvalidResponse)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", HttpRequestError.InvalidResponse)]
    [InlineData("HTTP/1.1 200 OK\r\n", HttpRequestError.ResponseEnded)]
    [InlineData("", HttpRequestError.ResponseEnded)]
    public async Task Answer_ThatIsNone_IsAnError(string answer, HttpRequestError expected)
    {
        using var app = RawApp.Answering(answer, close: true);
        using var client = Client(app);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(client));

        Assert.Equal(expected, error.HttpRequestError);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokX\r\n")]
    public async Task Body_ThatIsCutOrMalformed_IsNotTakenForTheWhole(string answer)
    {
        using var app = RawApp.Answering(answer, close: true);
        using var client = Client(app);

        await Assert.ThrowsAnyAsync<Exception>(() => GetAsync(client));
    }

    [Fact]
    public async Task InterimAnswers_WithoutEnd_AreAnError()
    {
        using var app = RawApp.Answering(string.Concat(Enumerable.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 100)));
        using var client = Client(app);

        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(client));
    }

    [Fact]
    public async Task Request_OnTheWire_HasItsHeadersAndOneFraming()
    {
        var seen = new TaskCompletionSource<string>();
        using var app = RawApp.Start(async c =>
        {
            seen.SetResult(await c.ReadHeadAsync() + await c.ReadAsync(5));
            await c.WriteAsync(Ok);
        });
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://app/a?b=c") { Content = new StringContent("hello", Encoding.UTF8, "text/own") };
        request.Headers.TryAddWithoutValidation("Host", "h:1");
        request.Headers.TryAddWithoutValidation("X-Two", ["1", "2"]);
        request.Headers.TryAddWithoutValidation("Cookie", ["a=1", "b=2"]);
        request.Headers.TryAddWithoutValidation("Connection", "X-Two");

        using var response = await client.SendAsync(request, default);

        Assert.Equal(
            "POST /a?b=c HTTP/1.1\r\nHost: h:1\r\nX-Two: 1\r\nX-Two: 2\r\nCookie: a=1; b=2\r\nContent-Type: text/own; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello",
            await seen.Task.WaitAsync(Limit));
    }

    [Theory]
    [InlineData("X-Own", "a\r\nEvil: 1")]
    [InlineData("X-Own", "a\nb")]
    [InlineData("X-Own", "a\0b")]
    public async Task Request_WithALineEndInAHeader_IsNotSent(string name, string value)
    {
        using var app = RawApp.Answering(Ok);
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://app/");
        Assert.True(request.Headers.TryAddWithoutValidation(name, value));

        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request, default));
    }

    [Fact]
    public async Task EmptyRead_WaitsForDataAndTakesNone()
    {
        var next = new TaskCompletionSource();
        using var app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            await next.Task;
            await c.WriteAsync("2\r\nok\r\n0\r\n\r\n");
            await c.ReadToEndAsync();
        });
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://app/");
        using var response = await client.SendAsync(request, default);
        await using var body = await response.Content.ReadAsStreamAsync();

        var empty = body.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(empty.IsCompleted);
        next.SetResult();
        Assert.Equal(0, await empty.WaitAsync(Limit));

        using var reader = new StreamReader(body);
        Assert.Equal("ok", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Body_OfAnyFraming_ArrivesWholeThoughTheAppSendsByteByByte()
    {
        string[] answers =
        [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10;x\r\n0123456789abcdef\r\n0\r\nA: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\nabc0123456789abcdef",
        ];
        var at = 0;
        using var app = RawApp.Start(async c =>
        {
            while (await c.ReadHeadAsync() is not null)
            {
                foreach (var one in answers[at++ % answers.Length])
                {
                    await c.WriteAsync(one.ToString());
                }
            }
        });
        using var client = Client(app);

        for (var i = 0; i < 6; i++)
        {
            Assert.Equal("abc0123456789abcdef", await GetAsync(client));
        }

        Assert.Equal(1, app.Connections);
    }

    [Fact]
    public async Task Answer_OfAnAppThatTakesNoMoreOfTheBody_EndsTheRequest()
    {
        var read = new TaskCompletionSource();
        using var app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
            await read.Task;
            await c.ReadToEndAsync();
        });
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://app/") { Content = new ByteArrayContent(new byte[20_000_000]) };

        using var response = await client.SendAsync(request, default).WaitAsync(Limit);

        Assert.Equal("no", await response.Content.ReadAsStringAsync().WaitAsync(Limit));
        read.SetResult();
        await app.AConnectionEnded;
    }

    [Fact]
    public async Task ExpectContinue_WhenRefused_NeverTouchesTheContent()
    {
        using var app = RawApp.Answering("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://app/") { Content = new UntouchableContent() };
        request.Headers.ExpectContinue = true;

        using var response = await client.SendAsync(request, default).WaitAsync(Limit);

        Assert.Equal(HttpStatusCode.ExpectationFailed, response.StatusCode);
    }

    [Fact]
    public async Task MaxConnections_WhenReached_LetsRequestsWait()
    {
        var release = new TaskCompletionSource();
        using var app = RawApp.Start(async c =>
        {
            while (await c.ReadHeadAsync() is not null)
            {
                await release.Task;
                await c.WriteAsync(Ok);
            }
        });
        using var client = Client(app, new ProxyEngineOptions { MaxLocalConnections = 2 });

        var all = Enumerable.Range(0, 6).Select(_ => GetAsync(client)).ToList();
        await TestKit.Eventually.HoldsAsync("two connections", () => Task.FromResult(app.Connections == 2));
        release.SetResult();

        Assert.All(await Task.WhenAll(all).WaitAsync(Limit), answer => Assert.Equal("ok", answer));
        Assert.Equal(2, app.Connections);
    }

    private static HttpMessageInvoker Client(RawApp app, ProxyEngineOptions? options = null) => new(new AppHandler(
        options ?? new ProxyEngineOptions(),
        async cancellation =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, app.Port), cancellation);
            return socket;
        },
        TimeProvider.System));

    private static async Task<string> GetAsync(HttpMessageInvoker client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://app/");
        using var response = await client.SendAsync(request, default).WaitAsync(Limit);
        return await response.Content.ReadAsStringAsync().WaitAsync(Limit);
    }

    private sealed class UntouchableContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            throw new InvalidOperationException("Nobody asked for it.");

        protected override bool TryComputeLength(out long length)
        {
            length = 10;
            return true;
        }
    }
}
