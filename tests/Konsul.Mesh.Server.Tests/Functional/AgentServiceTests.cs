using System.Net;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class AgentServiceTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Register_WithSidecar_AddsBothWithTheirChecks()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """
            {"Name":"pair","ID":"pair/1","Port":8080,"Tags":["v1"],"Check":{"TTL":"60s"},"Connect":{"SidecarService":{"Proxy":{
              "Config":{"protocol":"http"},"Upstreams":[{"DestinationName":"api","LocalBindPort":9191,"Config":{"protocol":"http"}}]}}}}
            """);

        var sidecar = (await Server.GetAsync("/v1/agent/service/pair%2F1-sidecar-proxy")).Json;
        var checks = (await Server.GetAsync("/v1/agent/checks")).Json;
        var connect = (await Server.GetAsync("/v1/health/connect/pair")).Json;

        Assert.Equal(("connect-proxy", "pair-sidecar-proxy"), (sidecar.GetProperty("Kind").GetString(), sidecar.GetProperty("Service").GetString()));
        Assert.InRange(sidecar.GetProperty("Port").GetInt32(), 21000, 21255);
        Assert.Equal("v1", sidecar.GetProperty("Tags")[0].GetString());
        var proxy = sidecar.GetProperty("Proxy");
        Assert.Equal(("pair", "pair/1", 8080), (proxy.GetProperty("DestinationServiceName").GetString(), proxy.GetProperty("DestinationServiceID").GetString(), proxy.GetProperty("LocalServicePort").GetInt32()));
        Assert.Equal(9191, proxy.GetProperty("Upstreams")[0].GetProperty("LocalBindPort").GetInt32());
        Assert.Equal("Service 'pair' check", checks.GetProperty("service:pair/1").GetProperty("Name").GetString());
        Assert.Equal("Connect Sidecar Listening", checks.GetProperty("service:pair/1-sidecar-proxy:1").GetProperty("Name").GetString());
        Assert.Equal("alias", checks.GetProperty("service:pair/1-sidecar-proxy:2").GetProperty("Type").GetString());
        Assert.False(checks.TryGetProperty("serfHealth", out _));
        Assert.Equal("pair-sidecar-proxy", connect[0].GetProperty("Service").GetProperty("Service").GetString());
    }

    [Fact]
    public async Task Register_SidecarWithEmptyChecks_HasTheAliasOnly()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"quiet","Connect":{"SidecarService":{"Port":21200,"Checks":[]}}}""");

        var checks = (await Server.GetAsync("/v1/health/checks/quiet-sidecar-proxy")).Json;

        Assert.Equal(["service:quiet-sidecar-proxy:2"], checks.EnumerateArray().Select(c => c.GetProperty("CheckID").GetString()));
    }

    [Fact]
    public async Task Deregister_ServiceWithSidecar_RemovesBothInOneCommand()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"gone","ID":"scope/gone","Check":{"TTL":"60s"},"Connect":{"SidecarService":{}}}""");
        var index = (await Server.GetAsync("/v1/catalog/services")).Index;
        var first = Server.GetAsync($"/v1/catalog/services?index={index}&wait=60s");
        await Server.UntilWaitingAsync(1);

        await Server.MustPutAsync("/v1/agent/service/deregister/scope/gone");

        Assert.DoesNotContain("gone", (await first).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/agent/service/scope%2Fgone")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync("/v1/agent/service/scope%2Fgone-sidecar-proxy")).Status);
        Assert.DoesNotContain("gone", (await Server.GetAsync("/v1/agent/checks")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_Again_KeepsPortAndCheckStatus()
    {
        const string Body = """{"Name":"twice","Check":{"TTL":"60s"},"Connect":{"SidecarService":{}}}""";
        await Server.MustPutAsync("/v1/agent/service/register", Body);
        await Server.MustPutAsync("/v1/agent/check/pass/service:twice?note=fine");
        var first = await Server.GetAsync("/v1/agent/service/twice-sidecar-proxy");

        await Server.MustPutAsync("/v1/agent/service/register", Body);

        Assert.Equal(first.Text, (await Server.GetAsync("/v1/agent/service/twice-sidecar-proxy")).Text);
        var check = (await Server.GetAsync("/v1/health/checks/twice")).Json[0];
        Assert.Equal(("passing", "fine"), (check.GetProperty("Status").GetString(), check.GetProperty("Output").GetString()));
    }

    [Fact]
    public async Task Get_BlockingOnHash_WakesWhenTheServiceChanges()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"hashed","Port":1}""");
        var hash = (await Server.GetAsync("/v1/agent/service/hashed")).Headers["X-Consul-ContentHash"];
        var waiting = Server.GetAsync($"/v1/agent/service/hashed?hash={hash}&wait=60s");
        await Server.UntilWaitingAsync(1);

        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"hashed","Port":2}""");

        var reply = await waiting;
        Assert.Equal(2, reply.Json.GetProperty("Port").GetInt32());
        Assert.NotEqual(hash, reply.Headers["X-Consul-ContentHash"]);
    }

    [Fact]
    public async Task Self_Agent_NamesItselfAndItsGrpcPort()
    {
        var self = (await Server.GetAsync("/v1/agent/self")).Json;
        var members = (await Server.GetAsync("/v1/agent/members")).Json;

        Assert.Equal("dc1", self.GetProperty("Config").GetProperty("Datacenter").GetString());
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+", self.GetProperty("Config").GetProperty("Version").GetString());
        Assert.Equal(Server.Server.GrpcPort, self.GetProperty("xDS").GetProperty("Ports").GetProperty("TLS").GetInt32());
        Assert.Equal(("node-1", 1), (members[0].GetProperty("Name").GetString(), members[0].GetProperty("Status").GetInt32()));
        Assert.Equal($"\"127.0.0.1:{Server.Server.RaftPort}\"", (await Server.GetAsync("/v1/status/leader")).Text);
        Assert.Equal($"[\"127.0.0.1:{Server.Server.RaftPort}\"]", (await Server.GetAsync("/v1/status/peers")).Text);
    }
}
