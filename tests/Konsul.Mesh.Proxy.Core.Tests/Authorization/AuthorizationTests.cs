using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Proxy.Core.Tests.Authorization;

public sealed class AuthorizationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly CertFactory _certs = new();

    [Fact]
    public async Task Deny_OnAnOpenHttpConnection_CutsTheStreamAndRefusesTheNextUntilAllowedAgain()
    {
        await using var app = await FakeApp.StartAsync(async c =>
        {
            if (c.Request.Path == "/stream")
            {
                await c.Response.WriteAsync("begin");
                await c.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, c.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            }

            await c.Response.WriteAsync("ok");
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web", new ProxyEngineOptions { ConnectionsPerPeer = 1 });
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        using var stream = await client.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead);
        var body = await stream.Content.ReadAsStreamAsync();
        var buffer = new byte[16];
        await body.ReadExactlyAsync(buffer.AsMemory(0, 5));
        var accepted = api.Engine.Describe().Listeners.Single().Accepted;

        await api.MustApplyAsync(s => s with { Intentions = Sidecar.Policy("api", IntentionAction.Allow, Sidecar.Deny("web", "api")) });

        await Assert.ThrowsAnyAsync<Exception>(() => body.ReadAsync(buffer).AsTask().WaitAsync(Limit));
        using var denied = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        Assert.Equal("INT", denied.Headers.GetValues("x-konsul-response-flags").Single());

        await api.MustApplyAsync(s => s with { Intentions = Sidecar.Policy("api", IntentionAction.Allow) });

        Assert.Equal("ok", await client.GetStringAsync("/"));
        Assert.Equal(accepted, api.Engine.Describe().Listeners.Single().Accepted);
    }

    [Fact]
    public async Task Deny_OnAnOpenTcpConnection_ClosesItAndRefusesNewOnesUntilAllowedAgain()
    {
        using var echo = TcpEcho.Start();
        await using var api = await Sidecar.ForAppAsync(_certs, "api", echo.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Tcp, ("a", api.InboundPort));
        using var open = new TcpClient("127.0.0.1", port);
        Assert.Equal("ping", await TcpEcho.RoundTripAsync(open, "ping"));

        await api.MustApplyAsync(s => s with { Intentions = Sidecar.Policy("api", IntentionAction.Deny) });

        Assert.Equal("", await TcpEcho.ReadToEndAsync(open));
        using var refused = new TcpClient("127.0.0.1", port);
        Assert.Equal("", await TcpEcho.ReadToEndAsync(refused));

        await api.MustApplyAsync(s => s with { Intentions = Sidecar.Policy("api", IntentionAction.Allow) });

        using var again = new TcpClient("127.0.0.1", port);
        Assert.Equal("pong", await TcpEcho.RoundTripAsync(again, "pong"));
    }

    [Fact]
    public async Task OtherServices_WhenOneIsDenied_AreServed()
    {
        await using var app = await FakeApp.SayingAsync("ok");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        await using var shop = await Sidecar.StartAsync(_certs, "shop");
        using var webClient = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        using var shopClient = Sidecar.Client(await shop.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        await api.MustApplyAsync(s => s with { Intentions = Sidecar.Policy("api", IntentionAction.Allow, Sidecar.Deny("web", "api")) });

        using var denied = await webClient.GetAsync("/");
        var served = await shopClient.GetStringAsync("/");

        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        Assert.Equal("ok", served);
    }

    [Fact]
    public async Task Bundle_ThatNoLongerHoldsThePeersRoot_EndsOpenConnections()
    {
        using var echo = TcpEcho.Start();
        await using var api = await Sidecar.ForAppAsync(_certs, "api", echo.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var open = new TcpClient("127.0.0.1", await web.AddUpstreamAsync("api", ServiceProtocol.Tcp, ("a", api.InboundPort)));
        Assert.Equal("ping", await TcpEcho.RoundTripAsync(open, "ping"));
        using var successor = _certs.Impostor();

        await api.MustApplyAsync(s => s with { TrustBundle = successor.Bundle });

        Assert.Equal("", await TcpEcho.ReadToEndAsync(open));
    }

    [Fact]
    public async Task PeerCertificate_ThatExpires_EndsTheOpenConnection()
    {
        using var echo = TcpEcho.Start();
        await using var api = await Sidecar.ForAppAsync(_certs, "api", echo.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Tcp, ("a", api.InboundPort));
        web.Identity.Set(_certs.Identity("web", new Ca.LeafPolicy { Lifetime = TimeSpan.FromSeconds(3) }));
        using var open = new TcpClient("127.0.0.1", port);
        Assert.Equal("ping", await TcpEcho.RoundTripAsync(open, "ping"));

        Assert.Equal("", await TcpEcho.ReadToEndAsync(open));
    }
}
