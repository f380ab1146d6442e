using System.Globalization;
using System.Net.Security;
using Grpc.Net.Client;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>What is shown of servers and sidecars that go and come back.</summary>
public sealed class LivenessTests
{
    [Fact]
    public async Task Server_DiesAndComesBack_ItsNodeIsCriticalAndPassingAgain()
    {
        await using var cluster = new ThreeServers();
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var (dying, witness) = ((leader + 1) % 3, cluster[leader]);
        await cluster[dying].MustPutAsync("/v1/agent/service/register", """{"Name":"web","Port":80}""");
        await witness.UntilAsync("/v1/health/service/web?passing", r => r.Text != "[]");

        await cluster.StopAsync(dying);
        await witness.UntilAsync($"/v1/health/node/node-{dying}", r => Serf(r) == "critical");
        Assert.Equal("[]", (await witness.GetAsync("/v1/health/service/web?passing")).Text);
        var members = (await witness.GetAsync("/v1/agent/members")).Json.EnumerateArray()
            .ToDictionary(m => m.GetProperty("Name").GetString()!, m => m.GetProperty("Status").GetInt32());
        Assert.Equal((3, 4, 1), (members.Count, members[$"node-{dying}"], members[$"node-{leader}"]));

        await cluster.StartAsync(dying);
        await witness.UntilAsync($"/v1/health/node/node-{dying}", r => Serf(r) == "passing");
        await witness.UntilAsync("/v1/health/service/web?passing", r => r.Text != "[]");
    }

    [Fact]
    public async Task Sidecar_StreamLostAndOpenedAgain_ItsCheckFollows()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/agent/service/register", """{"Name":"web","Port":8080,"Connect":{"SidecarService":{"Checks":[]}}}""");
        Assert.DoesNotContain("sidecar:", (await server.GetAsync("/v1/health/connect/web")).Text, StringComparison.Ordinal);

        using (var channel = Dial(server))
        {
            using var call = await OpenAsync(channel);
            await server.UntilAsync("/v1/health/connect/web", r => Sidecar(r) == "passing");
        }

        await server.UntilAsync("/v1/health/connect/web", r => Sidecar(r) == "critical");
        Assert.Equal("[]", (await server.GetAsync("/v1/health/connect/web?passing")).Text);
        Assert.Single((await server.GetAsync("/v1/health/service/web?passing")).Json.EnumerateArray());

        using var again = Dial(server);
        using var call2 = await OpenAsync(again);
        await server.UntilAsync("/v1/health/connect/web?passing", r => r.Text != "[]");
    }

    private static async Task<Grpc.Core.AsyncDuplexStreamingCall<DeltaRequest, DeltaResponse>> OpenAsync(GrpcChannel channel)
    {
        var call = new Wire.V1.Discovery.DiscoveryClient(channel).StreamDeltas();
        await call.RequestStream.WriteAsync(new DeltaRequest { Node = new ProxyNode { ProxyId = "web-sidecar-proxy" }, Type = ResourceType.Cluster, Subscribe = { "*" } });
        return call;
    }

    private static GrpcChannel Dial(TestServer server)
    {
        var handler = GrpcChannel.CreateDefaultHandler();
        handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true };
        return GrpcChannel.ForAddress(
            string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{server.Server.GrpcPort}"),
            new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private static string Serf(Reply reply) => reply.Json.EnumerateArray()
        .Where(c => c.GetProperty("CheckID").GetString() == "serfHealth").Select(c => c.GetProperty("Status").GetString()!).FirstOrDefault("");

    private static string Sidecar(Reply reply) => reply.Json.EnumerateArray().SelectMany(e => e.GetProperty("Checks").EnumerateArray())
        .Where(c => c.GetProperty("Type").GetString() == "sidecar").Select(c => c.GetProperty("Status").GetString()!).FirstOrDefault("");
}
