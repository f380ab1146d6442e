namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class AgentHealthTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Fact]
    public async Task ById_EveryStatus_IsTheCodeTheWordAndTheBody()
    {
        await Server.MustPutAsync("/v1/agent/service/register", """{"Name":"h1","ID":"h1/a","Check":{"TTL":"600s","Status":"passing"}}""");
        var passing = await Server.GetAsync("/v1/agent/health/service/id/h1%2Fa");
        await Server.MustPutAsync("/v1/agent/check/warn/service:h1%2Fa");
        var warning = await Server.GetAsync("/v1/agent/health/service/id/h1%2Fa");
        await Server.MustPutAsync("/v1/agent/check/fail/service:h1%2Fa");
        var critical = await Server.GetAsync("/v1/agent/health/service/id/h1%2Fa?format=text");
        await Server.MustPutAsync("/v1/agent/check/pass/service:h1%2Fa");
        await Server.MustPutAsync("/v1/agent/service/maintenance/h1%2Fa?enable=true&reason=broken");
        var maintenance = await Server.GetAsync("/v1/agent/health/service/id/h1%2Fa");
        var unknown = await Server.GetAsync("/v1/agent/health/service/id/none");

        Assert.Equal([200, 429, 503, 503, 404], new[] { passing, warning, critical, maintenance, unknown }.Select(r => (int)r.Status));
        Assert.Equal(("passing", "h1"), (passing.Json.GetProperty("AggregatedStatus").GetString(), passing.Json.GetProperty("Service").GetProperty("Service").GetString()));
        Assert.Equal("warning", warning.Headers["X-Consul-Reason"]);
        Assert.Equal("critical", critical.Text);
        Assert.Equal("maintenance", maintenance.Json.GetProperty("AggregatedStatus").GetString());
        Assert.Equal("critical", unknown.Json.GetProperty("AggregatedStatus").GetString());
    }

    [Fact]
    public async Task ByName_SeveralInstances_IsAsBadAsTheWorst()
    {
        foreach (var (id, status) in ((string, string)[])[("h2-a", "passing"), ("h2-b", "warning")])
            await Server.MustPutAsync("/v1/agent/service/register", $$$"""{"Name":"h2","ID":"{{{id}}}","Check":{"TTL":"600s","Status":"{{{status}}}"}}""");

        var both = await Server.GetAsync("/v1/agent/health/service/name/h2");
        var text = await Server.SendAsync("GET", "/v1/agent/health/service/name/h2", null, ("Accept", "text/plain"));
        var unknown = await Server.GetAsync("/v1/agent/health/service/name/none");

        Assert.Equal((429, 2), ((int)both.Status, both.Json.GetArrayLength()));
        Assert.Equal((429, "warning"), ((int)text.Status, text.Text));
        Assert.Equal((404, "[]"), ((int)unknown.Status, unknown.Text));
    }

    [Fact]
    public async Task Maintenance_OfTheNode_TakesItsServicesOutAndIn()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/agent/service/register", """{"Name":"m"}""");

        await server.MustPutAsync("/v1/agent/maintenance?enable=true");
        var during = await server.GetAsync("/v1/health/service/m?passing");
        var check = (await server.GetAsync("/v1/agent/checks")).Json.GetProperty("_node_maintenance");
        await server.MustPutAsync("/v1/agent/maintenance?enable=false");

        Assert.Equal("[]", during.Text);
        Assert.Equal(("Node Maintenance Mode", "critical"), (check.GetProperty("Name").GetString(), check.GetProperty("Status").GetString()));
        Assert.Single((await server.GetAsync("/v1/health/service/m?passing")).Json.EnumerateArray());
        Assert.Equal(400, (int)(await server.PutAsync("/v1/agent/maintenance")).Status);
        Assert.Equal(400, (int)(await server.PutAsync("/v1/agent/maintenance?enable=perhaps")).Status);
        Assert.Equal(404, (int)(await server.PutAsync("/v1/agent/service/maintenance/none?enable=true")).Status);
    }
}
