using System.Net;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>What an agent says of itself, its metrics, its log, its tokens.</summary>
public sealed class AgentTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Self_Asked_HasWhatClientsRead()
    {
        var self = (await Server.GetAsync("/v1/agent/self")).Json;

        Assert.Equal(("dc1", "node-1"), (self.GetProperty("Config").GetProperty("Datacenter").GetString(), self.GetProperty("Config").GetProperty("NodeName").GetString()));
        Assert.True(Version.TryParse(self.GetProperty("Config").GetProperty("Version").GetString(), out _));
        Assert.Equal(8, self.GetProperty("Coord").GetProperty("Vec").GetArrayLength());
        Assert.Equal("node-1", self.GetProperty("Member").GetProperty("Name").GetString());
        Assert.Equal("true", self.GetProperty("Stats").GetProperty("consul").GetProperty("leader").GetString());
        var host = (await Server.GetAsync("/v1/agent/host")).Json;
        Assert.True(host.GetProperty("Memory").GetProperty("total").GetInt64() > 0);
        var members = (await Server.GetAsync("/v1/agent/members?filter=" + Uri.EscapeDataString("Tags.role == consul and Status == 1"))).Json;
        Assert.Equal("node-1", members[0].GetProperty("Name").GetString());
    }

    [Fact]
    public async Task Metrics_AsJsonAndForPrometheus_AreTheSameSeries()
    {
        await Server.GetAsync("/v1/status/leader");

        var json = (await Server.GetAsync("/v1/agent/metrics")).Json;
        var text = await Server.GetAsync("/v1/agent/metrics?format=prometheus");
        var scraped = await Server.SendAsync("GET", "/v1/agent/metrics", null, ("Accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4"));

        Assert.Contains(json.GetProperty("Gauges").EnumerateArray(), g => g.GetProperty("Name").GetString() == "konsul.build.info");
        Assert.Contains(json.GetProperty("Counters").EnumerateArray(), c => c.GetProperty("Name").GetString() == "konsul.http.requests" && c.GetProperty("Sum").GetDouble() > 0);
        Assert.True(json.GetProperty("Samples").GetArrayLength() > 0);
        Assert.Contains("# TYPE konsul_build_info gauge", text.Text, StringComparison.Ordinal);
        Assert.Contains("konsul_build_info", scraped.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Monitor_WhileItIsFollowed_ShowsNewLines()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/agent/monitor?loglevel=info");
        using var response = await Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        await Server.MustPutAsync("/v1/agent/check/register", """{"Name":"seen","TTL":"600s"}""");
        await Server.MustPutAsync("/v1/agent/maintenance?enable=false");
        Server.Parts.Logging.Factory.CreateLogger("Konsul.Mesh.Test").Log(LogLevel.Information, 0, "for the follower", null, (s, _) => s);

        var line = await reader.ReadLineAsync();
        while (line?.Contains("for the follower", StringComparison.Ordinal) == false)
            line = await reader.ReadLineAsync();
        Assert.NotNull(line);
        Assert.Equal(400, (int)(await Server.GetAsync("/v1/agent/monitor?loglevel=loud")).Status);
    }

    [Fact]
    public async Task Token_AclsOffAndOn_IsRefusedOrStandsForRequestsWithoutOne()
    {
        Assert.Equal((401, "ACL support disabled"), Of(await Server.PutAsync("/v1/agent/token/default", """{"Token":"x"}""")));
        await using var closed = await TestServer.StartAsync(change: s => s with { ManagementToken = "root" });
        Assert.Equal(403, (int)(await closed.GetAsync("/v1/agent/self")).Status);

        var unknown = await closed.SendAsync("PUT", "/v1/agent/token/nonsense", """{"Token":"x"}""", ("X-Consul-Token", "root"));
        var set = await closed.SendAsync("PUT", "/v1/agent/token/default", """{"Token":"root"}""", ("X-Consul-Token", "root"));

        Assert.Equal((404, "Token \"nonsense\" is unknown"), Of(unknown));
        Assert.Equal(HttpStatusCode.OK, set.Status);
        Assert.Equal(HttpStatusCode.OK, (await closed.GetAsync("/v1/agent/self")).Status);
        Assert.Equal(403, (int)(await closed.SendAsync("GET", "/v1/agent/self", null, ("X-Consul-Token", "wrong"))).Status);
    }

    [Fact]
    public async Task Join_OwnAddressOrAStranger_IsNothingOrRefused()
    {
        Assert.Equal((200, ""), Of(await Server.PutAsync("/v1/agent/join/127.0.0.1")));
        Assert.Equal(500, (int)(await Server.PutAsync("/v1/agent/join/10.9.8.7")).Status);
        Assert.Equal((500, "agent: No node found with name 'none'"), Of(await Server.PutAsync("/v1/agent/force-leave/none")));
        Assert.Equal((200, ""), Of(await Server.PutAsync("/v1/agent/force-leave/node-1")));
        Assert.Single((await Server.GetAsync("/v1/catalog/nodes")).Json.EnumerateArray(), n => n.GetProperty("Node").GetString() == "node-1");
        Assert.Equal((200, ""), Of(await Server.PutAsync("/v1/agent/reload")));
    }

    private static (int, string) Of(Reply reply) => ((int)reply.Status, reply.Text);
}
