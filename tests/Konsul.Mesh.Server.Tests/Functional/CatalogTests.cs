using System.Net;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class CatalogTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task Register_ForeignNode_ShowsEverywhereAndGoes()
    {
        var put = await Server.PutAsync("/v1/catalog/register", """
            {"Node":"db-1","Address":"10.1.1.1","NodeMeta":{"zone":"a"},"Service":{"ID":"pg1","Service":"pg","Port":5432,"Tags":["primary","x"]},
             "Check":{"Name":"alive","CheckID":"pg-alive","Status":"warning"}}
            """);

        Assert.Equal("true", put.Text);
        Assert.Equal("10.1.1.1", (await Server.GetAsync("/v1/catalog/nodes?node-meta=zone:a")).Json[0].GetProperty("Address").GetString());
        Assert.Contains("\"pg\":[\"primary\",\"x\"]", (await Server.GetAsync("/v1/catalog/services")).Text, StringComparison.Ordinal);
        var joined = (await Server.GetAsync("/v1/catalog/service/pg?tag=PRIMARY&tag=x")).Json[0];
        Assert.Equal(("db-1", 5432, "pg1"), (joined.GetProperty("Node").GetString(), joined.GetProperty("ServicePort").GetInt32(), joined.GetProperty("ServiceID").GetString()));
        Assert.Equal("[]", (await Server.GetAsync("/v1/catalog/service/pg?tag=replica")).Text);
        Assert.Equal("pg", (await Server.GetAsync("/v1/catalog/node/db-1")).Json.GetProperty("Services").GetProperty("pg1").GetProperty("Service").GetString());
        Assert.Equal("null", (await Server.GetAsync("/v1/catalog/node/unknown")).Text);
        Assert.Equal("warning", (await Server.GetAsync("/v1/health/node/db-1")).Json[0].GetProperty("Status").GetString());
        Assert.Equal("[]", (await Server.GetAsync("/v1/health/service/pg?passing")).Text);
        Assert.Single((await Server.GetAsync("/v1/health/service/pg")).Json.EnumerateArray());
        Assert.Contains("pg-alive", (await Server.GetAsync("/v1/health/state/warning")).Text, StringComparison.Ordinal);

        Assert.Equal("true", (await Server.PutAsync("/v1/catalog/deregister", """{"Node":"db-1"}""")).Text);

        Assert.Equal("[]", (await Server.GetAsync("/v1/catalog/service/pg")).Text);
        Assert.Equal("null", (await Server.GetAsync("/v1/catalog/node/db-1")).Text);
    }

    [Fact]
    public async Task Filter_Lists_KeepWhatMatches()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"fa","Tags":["x"]}""");
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"fb","Tags":["y"]}""");

        var services = await Server.GetAsync("/v1/agent/services?filter=" + Uri.EscapeDataString("x in Tags and Service matches `^f`"));
        var health = await Server.GetAsync("/v1/health/service/fb?filter=" + Uri.EscapeDataString("Service.Tags contains \"x\""));
        var bad = await Server.GetAsync("/v1/catalog/nodes?filter=Node");

        Assert.Equal(["fa"], services.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("[]", health.Text);
        Assert.Equal(400, (int)bad.Status);
        Assert.StartsWith("Failed to create boolean expression evaluator: ", bad.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_OwnNode_HasPassingSerfHealth()
    {
        var checks = (await Server.GetAsync("/v1/health/node/node-1")).Json;

        Assert.Contains(checks.EnumerateArray(), c => c.GetProperty("CheckID").GetString() == "serfHealth" && c.GetProperty("Status").GetString() == "passing");
    }

    [Fact]
    public async Task Health_BlockingOnAService_WakesForItsCheckAndNotForAnotherService()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"one","Check":{"TTL":"600s"}}""");
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"other","Check":{"TTL":"600s"}}""");
        var index = (await Server.GetAsync("/v1/health/service/one")).Index;
        var waiting = Server.GetAsync($"/v1/health/service/one?index={index}&wait=60s&passing");
        await Server.UntilWaitingAsync(1);
        var wakeups = Server.Server.Wakeups;

        await Server.MustPutAsync("/v1/agent/check/pass/service:other");
        await Server.MustPutAsync("/v1/kv/unrelated", "x");
        Assert.Equal(wakeups, Server.Server.Wakeups);
        Assert.False(waiting.IsCompleted);
        await Server.MustPutAsync("/v1/agent/check/pass/service:one");

        Assert.Single((await waiting).Json.EnumerateArray());
    }

    [Fact]
    public async Task Metrics_Families_AreThere()
    {
        await Server.GetAsync("/v1/status/leader");

        var page = (await Server.UntilAsync("/metrics", r => r.Text.Contains("route=\"/v1/status/leader\"", StringComparison.Ordinal))).Text;

        foreach (var family in (string[])["konsul_http_requests_total", "konsul_state_objects", "konsul_raft_applied_index", "konsul_ca_issued_total", "konsul_ca_root_expiry_seconds"])
            Assert.Contains(family, page, StringComparison.Ordinal);
        Assert.DoesNotContain("status=\"0\"", page, StringComparison.Ordinal);
    }
}
