using System.Net;
using System.Net.Sockets;
using System.Text;
using Konsul.Mesh.Dns;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>DNS as the server composes it: what comes in over HTTP is answered over UDP.</summary>
public sealed class DnsTests
{
    private static readonly DnsOptions Options = new() { Listen = new IPEndPoint(IPAddress.Loopback, 0), Datacenter = "dc1", NodeName = "node-1" };

    [Fact]
    public async Task Ask_RegisteredService_IsAnsweredUntilItIsCritical()
    {
        await using var server = await TestServer.StartAsync(change: s => s with { Dns = Options });
        await server.MustPutAsync("/v1/agent/service/register", """{"Name":"web","Address":"10.7.0.1","Port":80,"Check":{"CheckID":"web","TTL":"1h","Status":"passing"}}""");

        var (code, answers) = await AskAsync(server, "web.service.konsul");
        Assert.Equal((0, 1), (code, answers));

        await server.MustPutAsync("/v1/agent/check/fail/web");
        Assert.Equal((3, 0), await AskAsync(server, "web.service.konsul"));
        Assert.Equal((0, 1), await AskAsync(server, "node-1.node.konsul"));
    }

    [Fact]
    public async Task Ask_PreparedQuery_IsAnsweredByItsName_AndByATemplate()
    {
        await using var server = await TestServer.StartAsync(change: s => s with { Dns = Options });
        await server.MustPutAsync("/v1/agent/service/register", """{"Name":"web","Address":"10.7.0.1","Port":80}""");
        Assert.Equal((3, 0), await AskAsync(server, "shop.query.konsul"));

        await server.SendAsync("POST", "/v1/query", """{"Name":"shop","Service":{"Service":"web"}}""");
        await server.SendAsync("POST", "/v1/query", """{"Name":"geo-","Template":{"Type":"name_prefix_match"},"Service":{"Service":"${name.suffix}"}}""");

        Assert.Equal((0, 1), await AskAsync(server, "shop.query.konsul"));
        Assert.Equal((0, 1), await AskAsync(server, "geo-web.query.dc1.konsul"));
        Assert.Equal((3, 0), await AskAsync(server, "other.query.konsul"));
    }

    [Fact]
    public async Task Metrics_AfterQueries_CountThemByTypeAndCode()
    {
        await using var server = await TestServer.StartAsync(change: s => s with { Dns = Options });
        await AskAsync(server, "node-1.node.konsul");
        await AskAsync(server, "nothing.node.konsul");

        var page = (await server.GetAsync("/metrics")).Text;

        Assert.Contains("konsul_dns_queries_total{type=\"A\",rcode=\"NOERROR\"} 1", page, StringComparison.Ordinal);
        Assert.Contains("konsul_dns_queries_total{type=\"A\",rcode=\"NXDOMAIN\"} 1", page, StringComparison.Ordinal);
        Assert.Contains("konsul_dns_query_duration_seconds_count 2", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DnsPortTaken_IsRefusedWithItsAddress()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var listen = (IPEndPoint)taken.LocalEndpoint;

        var refused = await Assert.ThrowsAsync<Hosting.Lifecycle.StartupException>(
            () => TestServer.StartAsync(change: s => s with { Dns = Options with { Listen = listen } }));

        Assert.Equal(69, refused.ExitCode);
        Assert.Contains(listen.ToString(), refused.Message, StringComparison.Ordinal);
    }

    /// <returns>The code and how many answers there are.</returns>
    private static async Task<(int Code, int Answers)> AskAsync(TestServer server, string name)
    {
        byte[] query =
        [
            0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
            .. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0, 0, 1, 0, 1,
        ];
        using var deadline = new CancellationTokenSource(Eventually.DefaultTimeout);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(server.Server.Dns!, deadline.Token);
        await client.SendAsync(query, deadline.Token);
        var reply = new byte[512];
        await client.ReceiveAsync(reply, deadline.Token);
        return (reply[3] & 15, reply[7]);
    }
}
