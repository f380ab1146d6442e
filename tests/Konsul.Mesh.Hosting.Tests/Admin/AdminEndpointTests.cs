using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Telemetry.Logging;
using Konsul.Mesh.Telemetry.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Hosting.Tests.Admin;

public sealed class AdminEndpointTests : IAsyncLifetime
{
    private readonly MetricRegistry _registry = new(TimeProvider.System);
    private readonly Readiness _readiness = new();
    private readonly Drain _drain = new(TimeProvider.System);
    private readonly LoggingSetup _logging;
    private readonly AdminEndpoint _admin;
    private readonly HttpClient _http = new();

    public AdminEndpointTests()
    {
        _logging = new LoggingSetup(Stream.Null, LogFormat.Text, LogLevel.Information, TimeProvider.System, _registry);
        _admin = new AdminEndpoint(new AdminOptions(
            new HostPort("127.0.0.1", 0), _registry, _readiness, _drain, TimeSpan.FromSeconds(5), _logging));
    }

    public async ValueTask InitializeAsync()
    {
        await _admin.StartAsync(CancellationToken.None);
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_admin.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _admin.DisposeAsync();
        _logging.Dispose();
        _drain.Dispose();
        _registry.Dispose();
    }

    [Fact]
    public async Task Metrics_Scraped_AreInTheFormatAskedFor()
    {
        _registry.Counter("t.hits", "{hit}", "Hits.").With().Add(3);

        using var text = await _http.GetAsync("/metrics");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text; version=1.0.0");
        using var open = await _http.SendAsync(request);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", text.Content.Headers.ContentType!.ToString());
        Assert.Contains("t_hits_total 3\n", await text.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", open.Content.Headers.ContentType!.ToString());
        Assert.EndsWith("# EOF\n", await open.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_ConditionMissing_503NamesIt()
    {
        var snapshot = _readiness.Add("snapshot", "none received yet");
        var identity = _readiness.Add("identity");
        identity.Met();

        using var before = await _http.GetAsync("/ready");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/ready");
        request.Headers.Accept.ParseAdd("application/json");
        using var json = await _http.SendAsync(request);
        snapshot.Met();
        using var after = await _http.GetAsync("/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.Equal("not ready: snapshot: none received yet\n", await before.Content.ReadAsStringAsync());
        var missing = JsonDocument.Parse(await json.Content.ReadAsStringAsync()).RootElement;
        Assert.False(missing.GetProperty("ready").GetBoolean());
        Assert.Equal("snapshot", missing.GetProperty("missing")[0].GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task Drain_Posted_DrainsAndUnreadiesButStaysAlive()
    {
        using var watcher = _drain.Watch();

        using var get = await _http.GetAsync("/drain");
        using var post = await _http.PostAsync("/drain", null);
        await Eventually.TrueAsync(() => _drain.IsDraining, () => "not draining");
        using var ready = await _http.GetAsync("/ready");
        using var alive = await _http.GetAsync("/healthz");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        Assert.Equal("POST", get.Content.Headers.Allow.Single());
        Assert.Equal(HttpStatusCode.OK, post.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Fact]
    public async Task LogLevel_Posted_Switches()
    {
        using var query = await _http.PostAsync("/log-level?level=debug", null);
        Assert.Equal(LogLevel.Debug, _logging.Level);

        using var body = await _http.PostAsync("/log-level", new StringContent("warn\n"));
        Assert.Equal(LogLevel.Warning, _logging.Level);

        using var bad = await _http.PostAsync("/log-level?level=loud", null);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Equal(LogLevel.Warning, _logging.Level);
        Assert.Equal("warn\n", await _http.GetStringAsync("/log-level"));
    }

    [Fact]
    public async Task Post_FromAWebPage_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/drain");
        request.Headers.Add("Origin", "http://evil.example");

        using var response = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(_drain.IsDraining);
    }

    [Fact]
    public async Task MapGet_OwnPages_AreServedAndTheirFailuresContained()
    {
        _admin.MapGet("/config_dump", context => context.Response.WriteAsync("{}"));
        _admin.MapGet("/broken", _ => throw new InvalidOperationException("boom"));

        Assert.Equal("{}", await _http.GetStringAsync("/config_dump"));
        using var broken = await _http.GetAsync("/broken");
        using var unknown = await _http.GetAsync("/nothing");

        Assert.Equal(HttpStatusCode.InternalServerError, broken.StatusCode);
        Assert.Equal("internal error\n", await broken.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001garbage\r\n\r\n", "400")]
    [InlineData("GET /metrics HTTP/9.9\r\n\r\n", "505")]
    [InlineData("LONGHEADER", "431")]
    [InlineData("LONGLINE", "414")]
    [InlineData("BIGBODY", "413")]
    public async Task Garbage_OnTheWire_EndsThatConnectionOnly(string what, string status)
    {
        var bytes = what switch
        {
            "LONGHEADER" => "GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + new string('a', 20_000) + "\r\n\r\n",
            "LONGLINE" => "GET /" + new string('a', 5_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
            "BIGBODY" => "POST /log-level HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n",
            _ => what,
        };
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _admin.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(bytes));
        using var reader = new StreamReader(client.GetStream());
        var line = await reader.ReadLineAsync() ?? "";

        Assert.StartsWith($"HTTP/1.1 {status} ", line, StringComparison.Ordinal);
        Assert.Equal("alive\n", await _http.GetStringAsync("/healthz"));
    }
}
