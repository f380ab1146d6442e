namespace Konsul.Mesh.Proxy.Core.Tests.AppClient;

/// <summary>When a connection is given up, and when a request is sent once more.</summary>
public sealed partial class AppHandlerTests
{
    [Fact]
    public async Task IdleConnection_ThatTheAppClosed_IsNotUsed()
    {
        using var app = RawApp.Answering(Ok, close: true);
        using var client = Client(app);

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("ok", await GetAsync(client));
        }
    }

    [Fact]
    public async Task Get_OnAReusedConnectionThatBreaksBeforeTheAnswer_IsSentOnceMore()
    {
        using var app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync(Ok);
            await c.ReadHeadAsync();
        });
        using var client = Client(app);

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("ok", await GetAsync(client));
        }

        Assert.Equal(10, app.Connections);
    }

    [Theory]
    [InlineData("POST", null)]
    [InlineData("PUT", "body")]
    public async Task Request_ThatMayHaveBeenActedOn_IsNotRepeated(string method, string? body)
    {
        var requests = 0;
        using var app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync(Ok);
            await c.ReadHeadAsync();
            Interlocked.Increment(ref requests);
        });
        using var client = Client(app);
        await GetAsync(client);
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://app/") { Content = body is null ? null : new StringContent(body) };

        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request, default));

        Assert.Equal((1, 1), (requests, app.Connections));
    }

    [Fact]
    public async Task Get_OnAFreshConnectionThatBreaks_IsNotRepeated()
    {
        using var app = RawApp.Start(c => c.ReadHeadAsync());
        using var client = Client(app);

        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(client));

        Assert.Equal(1, app.Connections);
    }

    [Fact]
    public async Task Cancellation_WhileTheAppIsSilent_EndsTheConnectionAtOnce()
    {
        using var gone = new CancellationTokenSource();
        using var app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await gone.CancelAsync();
            await c.ReadToEndAsync();
        });
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://app/");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.SendAsync(request, gone.Token));

        await app.AConnectionEnded;
    }

    [Fact]
    public async Task Cancellation_WithinTheBody_EndsTheConnectionAtOnce()
    {
        using var gone = new CancellationTokenSource();
        using var app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
            await c.ReadToEndAsync();
        });
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://app/");
        using var response = await client.SendAsync(request, gone.Token);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[5]);

        var reading = body.ReadAsync(new byte[5]).AsTask();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await app.AConnectionEnded;
    }

    [Fact]
    public async Task Answer_ThatIsAbandoned_EndsTheConnection()
    {
        using var app = RawApp.Start(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
            await c.ReadToEndAsync();
        });
        using var client = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://app/");

        (await client.SendAsync(request, default)).Dispose();

        await app.AConnectionEnded;
    }
}
