using System.Net;
using System.Text;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Konsul.Mesh.Proxy.Core.Tests;

public sealed class HttpForwardingTests
{
    private readonly CertFactory _certs = new();

    [Theory]
    [InlineData(ServiceProtocol.Http)]
    [InlineData(ServiceProtocol.Auto)]
    public async Task Request_ThroughTwoSidecars_ReachesTheAppWithThePeersIdentity(ServiceProtocol protocol)
    {
        await using var app = await FakeApp.StartAsync(c =>
            c.Response.WriteAsync($"{c.Request.Method} {c.Features.Get<IHttpRequestFeature>()!.RawTarget} {c.Request.Host} {c.Request.Headers["x-forwarded-client-cert"]}"));
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", protocol, ("a", api.InboundPort));
        using var client = Sidecar.Client(port);
        client.DefaultRequestHeaders.Add("x-forwarded-client-cert", "URI=spiffe://liar");

        var answer = await client.GetStringAsync("/a%2Fb?q=1;x");

        Assert.Equal($"GET /a%2Fb?q=1;x 127.0.0.1:{port} By={_certs.Id("api")};URI={_certs.Id("web")}", answer);
    }

    [Fact]
    public async Task Requests_WithTwoEndpoints_ReachBothInTurn()
    {
        await using var one = await FakeApp.SayingAsync("one");
        await using var two = await FakeApp.SayingAsync("two");
        await using var apiOne = await Sidecar.ForAppAsync(_certs, "api", one.Port);
        await using var apiTwo = await Sidecar.ForAppAsync(_certs, "api", two.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", apiOne.InboundPort), ("b", apiTwo.InboundPort));
        using var client = Sidecar.Client(port);

        var answers = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            answers.Add(await client.GetStringAsync("/"));
        }

        Assert.InRange(answers.Count(a => a == "one"), 8, 22);
    }

    [Fact]
    public async Task Request_WithBody_IsEchoedWithItsHeaders()
    {
        await using var app = await FakeApp.StartAsync(async c =>
        {
            c.Response.ContentType = c.Request.ContentType;
            c.Response.Headers["x-echo"] = c.Request.Headers["x-some"];
            await c.Request.Body.CopyToAsync(c.Response.Body);
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("hello", Encoding.UTF8, "text/x-own") };
        request.Headers.Add("x-some", "value");

        using var response = await client.SendAsync(request);

        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        Assert.Equal("value", response.Headers.GetValues("x-echo").Single());
        Assert.Equal("text/x-own", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Request_ThatExpects100Continue_IsSentAfterIt()
    {
        await using var app = await FakeApp.StartAsync(c => c.Request.Body.CopyToAsync(c.Response.Body));
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        using var client = Sidecar.Client(port, h => h.Expect100ContinueTimeout = TimeSpan.FromSeconds(25));
        using var request = new HttpRequestMessage(HttpMethod.Put, "/") { Content = new StringContent("after") };
        request.Headers.ExpectContinue = true;

        using var response = await client.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal("after", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Head_KeepsTheLengthAndHasNoBody()
    {
        await using var app = await FakeApp.StartAsync(c =>
        {
            c.Response.ContentLength = 12345;
            return Task.CompletedTask;
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        using var request = new HttpRequestMessage(HttpMethod.Head, "/");

        using var response = await client.SendAsync(request);

        Assert.Equal(12345, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Request_OverAConnectionThatTheAppClosedWhileIdle_IsAnswered()
    {
        await using var app = await FakeApp.StartAsync(c =>
        {
            c.Response.Headers["x-connection"] = c.Connection.Id;
            c.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeNotificationFeature>()!.RequestClose();
            return c.Response.WriteAsync("ok");
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("ok", await client.GetStringAsync("/"));
        }
    }

    [Fact]
    public async Task Request_ByHttp2FromTheApp_GetsTrailers()
    {
        await using var app = await FakeApp.StartAsync(
            async c =>
            {
                c.Response.ContentType = "application/grpc";
                c.Response.DeclareTrailer("grpc-status");
                await c.Request.Body.CopyToAsync(c.Response.Body);
                c.Response.AppendTrailer("grpc-status", "0");
            },
            HttpProtocols.Http2);
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port, ServiceProtocol.Grpc);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Auto, ("a", api.InboundPort)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/pkg.Service/Method")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));

        using var response = await client.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(5, body.Length);
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal(HttpVersion.Version20, response.Version);
    }

    [Fact]
    public async Task Request_WithoutAnyEndpoint_IsAnsweredWithTheReason()
    {
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http));

        using var response = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("UH", response.Headers.GetValues("x-konsul-response-flags").Single());
        Assert.Equal("api.default.dc1 has no healthy instance (UH)\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Request_WithOneRefusingEndpoint_NeverFails()
    {
        await using var app = await FakeApp.StartAsync(async c => await c.Request.Body.CopyToAsync(c.Response.Body));
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("dead", FreePorts.Next()), ("a", api.InboundPort)));

        for (var i = 0; i < 20; i++)
        {
            using var response = await client.PostAsync("/", new StringContent($"body {i}"));
            Assert.Equal($"body {i}", await response.Content.ReadAsStringAsync());
        }

        var dead = web.Engine.Describe().Clusters.Single().Endpoints.Single(e => e.Id == "dead");
        Assert.True(dead.ConnectFailures > 0);
    }

    [Fact]
    public async Task Request_WhenTheAppIsDown_IsAnswered503()
    {
        await using var api = await Sidecar.ForAppAsync(_certs, "api", FreePorts.Next());
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));

        using var response = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("the app cannot be reached (UF)\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Request_WhenTheAppBreaksOff_IsAnswered502()
    {
        await using var app = await FakeApp.StartAsync(c =>
        {
            c.Abort();
            return Task.CompletedTask;
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));

        using var response = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("UC", response.Headers.GetValues("x-konsul-response-flags").Single());
    }

    [Fact]
    public async Task Request_WhenTheClientGoesAway_IsCancelledAtTheApp()
    {
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var app = await FakeApp.StartAsync(async c =>
        {
            c.RequestAborted.Register(() => cancelled.TrySetResult());
            started.SetResult();
            await cancelled.Task;
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        using var gone = new CancellationTokenSource();

        var request = client.GetAsync("/", gone.Token);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Response_ByServerSentEvents_ArrivesEventByEvent()
    {
        var next = new SemaphoreSlim(0);
        await using var app = await FakeApp.StartAsync(async c =>
        {
            c.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await c.Response.WriteAsync($"data: {i}\n");
                await c.Response.Body.FlushAsync();
                await next.WaitAsync(c.RequestAborted);
            }
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));

        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"data: {i}", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)));
            next.Release();
        }

        Assert.Null(await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Request_ByHost_IsRoutedWithoutRegardToCasePortAndDot()
    {
        await using var app = await FakeApp.SayingAsync("routed");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        await web.MustApplyAsync(s => s with
        {
            Routes = s.Routes.Add("api.service.konsul", new("api.service.konsul", "api.default.dc1")),
            Outbound = s.Outbound.Add(new() { Name = "by-host", Address = "127.0.0.1", Port = 0, Protocol = ServiceProtocol.Http, Cluster = "" }),
        });
        using var client = Sidecar.Client(web.Port("by-host"));

        using var known = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "API.service.Konsul.:8080" } };
        using var knownAnswer = await client.SendAsync(known);
        using var unknown = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "other.service.konsul" } };
        using var unknownAnswer = await client.SendAsync(unknown);

        Assert.Equal("routed", await knownAnswer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, unknownAnswer.StatusCode);
        Assert.Equal("NR", unknownAnswer.Headers.GetValues("x-konsul-response-flags").Single());
    }

    [Fact]
    public async Task GrpcRequest_WhenDenied_GetsAStatusInsteadOfABody()
    {
        await using var app = await FakeApp.SayingAsync("never");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await api.MustApplyAsync(s => s with { Intentions = Sidecar.Policy("api", IntentionAction.Deny) });
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/s/m") { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentType = new("application/grpc");

        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("7", response.Headers.GetValues("grpc-status").Single());
        Assert.Equal("INT", response.Headers.GetValues("x-konsul-response-flags").Single());
    }
}
