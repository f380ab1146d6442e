using System.Net.Sockets;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;

namespace Konsul.Mesh.Proxy.Core.Tests;

public sealed class TcpTests
{
    private readonly CertFactory _certs = new();

    [Theory]
    [InlineData(ServiceProtocol.Tcp)]
    [InlineData(ServiceProtocol.Auto)]
    public async Task Client_ThatStopsSending_StillReads(ServiceProtocol protocol)
    {
        using var app = TcpEcho.Start(countAtEnd: true);
        await using var api = await Sidecar.ForAppAsync(_certs, "db", app.Port, protocol);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = new TcpClient("127.0.0.1", await web.AddUpstreamAsync("db", protocol, ("a", api.InboundPort)));
        var bytes = new byte[3_000_000];

        await client.GetStream().WriteAsync(bytes);

        Assert.Equal("got 3000000", await TcpEcho.EndAsync(client));
    }

    [Fact]
    public async Task Server_ThatSpeaksFirst_IsHeardWithDetection()
    {
        using var app = TcpEcho.Start("220 hello\r\n");
        await using var api = await Sidecar.ForAppAsync(_certs, "mail", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = new TcpClient("127.0.0.1", await web.AddUpstreamAsync("mail", ServiceProtocol.Auto, ("a", api.InboundPort)));

        Assert.Equal("220 hello\r\n", await TcpEcho.ReadAsync(client, 11));
        Assert.Equal("EHLO me", await TcpEcho.RoundTripAsync(client, "EHLO me"));
    }

    [Fact]
    public async Task Connection_WithRefusingEndpoints_ReachesTheLivingOne()
    {
        using var app = TcpEcho.Start();
        await using var api = await Sidecar.ForAppAsync(_certs, "db", app.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync(
            "db", ServiceProtocol.Tcp, ("x", FreePorts.Next()), ("y", FreePorts.Next()), ("a", api.InboundPort));

        for (var i = 0; i < 10; i++)
        {
            using var client = new TcpClient("127.0.0.1", port);
            Assert.Equal("ping", await TcpEcho.RoundTripAsync(client, "ping"));
        }
    }

    [Fact]
    public async Task Connections_WithTwoEndpoints_ReachBoth()
    {
        using var one = TcpEcho.Start("1");
        using var two = TcpEcho.Start("2");
        await using var apiOne = await Sidecar.ForAppAsync(_certs, "db", one.Port, ServiceProtocol.Tcp);
        await using var apiTwo = await Sidecar.ForAppAsync(_certs, "db", two.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("db", ServiceProtocol.Tcp, ("a", apiOne.InboundPort), ("b", apiTwo.InboundPort));
        var seen = new HashSet<string>();
        var clients = new List<TcpClient>();

        for (var i = 0; i < 8; i++)
        {
            var client = new TcpClient("127.0.0.1", port);
            clients.Add(client);
            seen.Add(await TcpEcho.ReadAsync(client, 1));
        }

        clients.ForEach(c => c.Dispose());
        Assert.Equal(["1", "2"], seen.Order());
    }

    [Fact]
    public async Task HttpBytes_ToATcpService_AreNotParsed()
    {
        using var app = TcpEcho.Start();
        await using var api = await Sidecar.ForAppAsync(_certs, "db", app.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = new TcpClient("127.0.0.1", await web.AddUpstreamAsync("db", ServiceProtocol.Tcp, ("a", api.InboundPort)));

        Assert.Equal("GET / nonsense\r\n", await TcpEcho.RoundTripAsync(client, "GET / nonsense\r\n"));
    }

    [Fact]
    public async Task Client_ThatGoesAway_LeavesNothingOpen()
    {
        using var app = TcpEcho.Start();
        await using var api = await Sidecar.ForAppAsync(_certs, "db", app.Port, ServiceProtocol.Tcp);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("db", ServiceProtocol.Tcp, ("a", api.InboundPort));
        using (var client = new TcpClient("127.0.0.1", port))
        {
            Assert.Equal("ping", await TcpEcho.RoundTripAsync(client, "ping"));
        }

        await Eventually.HoldsAsync("both sidecars have no open connection", () =>
        {
            var open = api.Engine.Describe().Listeners.Concat(web.Engine.Describe().Listeners).Sum(l => l.OpenConnections);
            var pending = web.Engine.Describe().Clusters.Single().Endpoints.Single().Pending;
            return Task.FromResult(open == 0 && pending == 0 ? null : $"{open} open, {pending} pending");
        });
    }

    [Fact]
    public async Task Upgrade_OfAnotherProtocol_IsCarriedBothWays()
    {
        await using var app = await FakeApp.StartAsync(async c =>
        {
            var upgrade = c.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpUpgradeFeature>()!;
            Assert.True(upgrade.IsUpgradableRequest);
            c.Response.Headers.Upgrade = "own/1";
            await using var stream = await upgrade.UpgradeAsync();
            var buffer = new byte[100];
            int count;
            while ((count = await stream.ReadAsync(buffer)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count));
            }
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        using var client = new TcpClient("127.0.0.1", await web.AddUpstreamAsync("api", ServiceProtocol.Http, ("a", api.InboundPort)));
        await client.GetStream().WriteAsync("GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: own/1\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(client.GetStream());
        var head = new List<string>();
        for (var line = await reader.ReadLineAsync(); !string.IsNullOrEmpty(line); line = await reader.ReadLineAsync())
        {
            head.Add(line.ToLowerInvariant());
        }

        Assert.StartsWith("http/1.1 101", head[0], StringComparison.Ordinal);
        Assert.Contains("upgrade: own/1", head);
        Assert.Equal("ping", await TcpEcho.RoundTripAsync(client, "ping"));
    }

    [Fact]
    public async Task WebSocket_ThroughTwoSidecars_Echoes()
    {
        await using var app = await FakeApp.StartAsync(async c =>
        {
            using var socket = await c.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[1000];
            while (await socket.ReceiveAsync(buffer, default) is { MessageType: not System.Net.WebSockets.WebSocketMessageType.Close } message)
            {
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, default);
            }

            await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, "bye", default);
        });
        await using var api = await Sidecar.ForAppAsync(_certs, "api", app.Port);
        await using var web = await Sidecar.StartAsync(_certs, "web");
        var port = await web.AddUpstreamAsync("api", ServiceProtocol.Auto, ("a", api.InboundPort));
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/ws"), limit.Token);
        await socket.SendAsync("hello"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, limit.Token);
        var buffer = new byte[100];
        var echoed = await socket.ReceiveAsync(buffer, limit.Token);
        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, "bye", limit.Token);

        Assert.Equal("hello"u8.ToArray(), buffer[..echoed.Count]);
    }
}
