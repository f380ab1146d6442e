using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;

namespace Konsul.Mesh.Proxy.Core.Tests;

public sealed class SnapshotTests
{
    private readonly CertFactory _certs = new();

    [Fact]
    public async Task Apply_WithATakenPort_IsRefusedAndTheOldSnapshotStaysWhole()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var app = await FakeApp.SayingAsync("ok");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        var free = FreePorts.Next();

        var refusal = await web.ApplyAsync(s => s with
        {
            Outbound =
            [
                new() { Name = "free", Address = "127.0.0.1", Port = free, Cluster = "api.default.dc1" },
                new() { Name = "taken", Address = "127.0.0.1", Port = ((IPEndPoint)taken.LocalEndpoint).Port, Cluster = "api.default.dc1" },
            ],
            Clusters = s.Clusters,
        });

        Assert.Contains("taken", refusal, StringComparison.Ordinal);
        Assert.Equal(1UL, web.Engine.Current.Version);
        using var client = Sidecar.Client(port);
        Assert.Equal("ok", await client.GetStringAsync("/"));
        using var rebind = new TcpListener(IPAddress.Loopback, free);
        rebind.Start();
    }

    [Theory]
    [InlineData("not-an-address", 0, "api.default.dc1", "not-an-address:0")]
    [InlineData("127.0.0.1", 70000, "api.default.dc1", "70000")]
    [InlineData("127.0.0.1", 0, "nowhere", "nowhere")]
    public async Task Apply_WithAListenerThatMakesNoSense_NamesIt(string address, int port, string cluster, string named)
    {
        await using var web = await Sidecar.StartAsync(_certs, "web");
        await web.AddUpstreamAsync("api", ServiceProtocol.Http);

        var refusal = await web.ApplyAsync(s => s with
        {
            Outbound = s.Outbound.Add(new() { Name = "odd", Address = address, Port = port, Cluster = cluster }),
        });

        Assert.Contains("odd", refusal, StringComparison.Ordinal);
        Assert.Contains(named, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReserveInbound_BeforeTheSnapshot_IsAdoptedByIt()
    {
        await using var app = await FakeApp.SayingAsync("ok");
        await using var api = await Sidecar.StartAsync(_certs, "api");
        var reserved = api.Engine.ReserveInbound(new IPEndPoint(IPAddress.Loopback, 0));
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", reserved.Port)));

        await api.MustApplyAsync(s => s with
        {
            Inbound = new() { Address = "0.0.0.0", Port = reserved.Port, LocalAddress = "127.0.0.1", LocalPort = app.Port },
            Intentions = Sidecar.Policy("api", IntentionAction.Allow),
        });

        Assert.NotEqual(0, reserved.Port);
        Assert.Equal("ok", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task RemovedListener_StopsAcceptingAndOthersGoOn()
    {
        await using var app = await FakeApp.SayingAsync("ok");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var first = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        await web.MustApplyAsync(s => s with
        {
            Outbound = s.Outbound.Add(new() { Name = "second", Address = "127.0.0.1", Port = 0, Protocol = ServiceProtocol.Http, Cluster = "api.default.dc1" }),
        });
        using var kept = Sidecar.Client(web.Port("second"));
        Assert.Equal("ok", await kept.GetStringAsync("/"));

        await web.MustApplyAsync(s => s with { Outbound = s.Outbound.RemoveAt(0) });

        Assert.Equal("ok", await kept.GetStringAsync("/"));
        using var gone = new TcpClient();
        await Assert.ThrowsAnyAsync<SocketException>(() => gone.ConnectAsync(IPAddress.Loopback, first));
    }

    [Fact]
    public async Task Endpoints_ThatComeAndGoUnderLoad_CostNoRequest()
    {
        await using var one = await FakeApp.SayingAsync("one");
        await using var two = await FakeApp.SayingAsync("two");
        await using var apiOne = await Sidecar.ForAppAsync(_certs, "api", one.Port);
        await using var apiTwo = await Sidecar.ForAppAsync(_certs, "api", two.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", apiOne.InboundPort));
        await using var load = Load.Start(port);
        var dead = FreePorts.Next();

        for (var round = 0; round < 5; round++)
        {
            await web.SetEndpointsAsync("api", ("a", apiOne.InboundPort), ("b", apiTwo.InboundPort), ("dead", dead));
            await load.SeeAsync("two");
            await web.SetEndpointsAsync("api", ("a", apiOne.InboundPort));
            await load.SeeAsync("one", "one", "one");
        }

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task Endpoint_ThatStays_KeepsItsConnectionsAndWhatIsKnownOfIt()
    {
        await using var app = await FakeApp.SayingAsync("ok");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web", new ProxyEngineOptions { ConnectionsPerPeer = 1 });
        using var client = Sidecar.Client(await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        for (var i = 0; i < 10; i++)
        {
            await client.GetStringAsync("/");
        }

        await web.SetEndpointsAsync("api", ("dead", FreePorts.Next()), ("a", api.InboundPort));
        await client.GetStringAsync("/");
        await web.SetEndpointsAsync("api", ("a", api.InboundPort));
        await client.GetStringAsync("/");

        Assert.Equal(1, api.Engine.Describe().Listeners.Single().Accepted);
        Assert.NotEqual(30, web.Engine.Describe().Clusters.Single().Endpoints.Single().EwmaMs);
    }

    [Fact]
    public async Task Identity_RenewedUnderLoad_CostsNoRequestAndIsUsed()
    {
        await using var app = await FakeApp.SayingAsync("ok");
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        await using var load = Load.Start(port);
        await load.SeeAsync("ok");
        var seconds = new Ca.LeafPolicy { Lifetime = TimeSpan.FromSeconds(4) };

        for (var round = 1; round <= 4; round++)
        {
            var before = api.Engine.Describe().Listeners.Single().Accepted;
            api.Identity.Set(_certs.Identity("api", seconds));
            web.Identity.Set(_certs.Identity("web", seconds));
            await Eventually.HoldsAsync("a connection with the new certificate", () =>
                Task.FromResult(api.Engine.Describe().Listeners.Single().Accepted > before));
            await load.SeeAsync("ok", "ok", "ok");
        }

        Assert.Empty(await load.StopAsync());
        await Eventually.HoldsAsync("connections of old certificates are closed", () =>
            Task.FromResult(api.Engine.Describe().InboundConnections <= 2));
    }

    [Fact]
    public async Task Drain_WithARequestInFlight_LetsItEndAndTakesNoNewOne()
    {
        var started = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        await using var app = await FakeApp.StartAsync(async c =>
        {
            started.TrySetResult();
            await finish.Task;
            await c.Response.Body.WriteAsync("done"u8.ToArray());
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort));
        using var client = Sidecar.Client(port);
        var inFlight = client.GetAsync("/");
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));

        var drained = web.Engine.DrainAsync(TimeSpan.FromSeconds(30));
        await Eventually.HoldsAsync("nothing is accepted", async () =>
        {
            using var late = new TcpClient();
            return await Record.ExceptionAsync(() => late.ConnectAsync(IPAddress.Loopback, port)) is SocketException;
        });
        var openWhileDraining = !drained.IsCompleted;
        finish.SetResult();
        using var answer = await inFlight;
        await drained.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.True(openWhileDraining);
        Assert.Equal("done", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Drain_AtItsLimit_CutsWhatIsLeft()
    {
        using var echo = TcpEcho.Start();
        await using var api = await Sidecar.ForAppAsync(_certs, "db", echo.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var open = new TcpClient("127.0.0.1", await web.AddUpstreamAsync("db", ServiceProtocol.Tcp, ("a", api.InboundPort)));
        Assert.Equal("ping", await TcpEcho.RoundTripAsync(open, "ping"));

        await web.Engine.DrainAsync(TimeSpan.FromMilliseconds(200));

        Assert.Equal("", await TcpEcho.ReadToEndAsync(open));
    }
}
