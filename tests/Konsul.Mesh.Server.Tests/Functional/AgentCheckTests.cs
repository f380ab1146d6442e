using System.Net;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class AgentCheckTests
{
    [Fact]
    public async Task Http_AppFailsAndRecovers_FlipsTheHealth()
    {
        await using var server = await TestServer.StartAsync();
        await using var app = await FakeApp.StartAsync();
        await server.MustPutAsync("/v1/agent/service/register",
            $$$$"""{"Name":"web","Check":{"HTTP":"{{{{app.Url}}}}/check","Interval":"100ms","Header":{"X-Probe":["yes"]}},"Connect":{"SidecarService":{"Checks":[]}}}""");
        var passing = await server.UntilAsync("/v1/health/service/web?passing", r => r.Text != "[]");
        Assert.Contains("200 OK Output: fine", passing.Text, StringComparison.Ordinal);
        Assert.Equal(("Consul Health Check", "yes"), (app.LastHeaders["User-Agent"], app.LastHeaders["X-Probe"]));
        await server.UntilAsync("/v1/health/connect/web?passing", r => r.Text != "[]");

        app.Status = 503;
        await server.UntilAsync("/v1/health/service/web?passing", r => r.Text == "[]");
        await server.UntilAsync("/v1/health/connect/web?passing", r => r.Text == "[]");
        app.Status = 429;
        await server.UntilAsync("/v1/health/checks/web", r => r.Json[0].GetProperty("Status").GetString() == "warning");
        app.Status = 204;

        await server.UntilAsync("/v1/health/connect/web?passing", r => r.Text != "[]");
    }

    [Fact]
    public async Task Http_RedirectToAnotherHost_IsNotFollowed()
    {
        await using var server = await TestServer.StartAsync();
        await using var target = await FakeApp.StartAsync();
        await using var app = await FakeApp.StartAsync();
        (app.Status, app.Location) = (302, $"{target.Url}/secret");

        await server.MustPutAsync("/v1/agent/service/register", $$$"""{"Name":"sly","Check":{"HTTP":"{{{app.Url}}}/","Interval":"100ms"}}""");
        await app.UntilAskedAsync(3);

        Assert.Equal(0, target.Requests);
        Assert.Equal("critical", (await server.GetAsync("/v1/health/checks/sly")).Json[0].GetProperty("Status").GetString());
    }

    [Fact]
    public async Task Tcp_PortClosesAndOpens_FlipsTheHealth()
    {
        await using var server = await TestServer.StartAsync();
        var app = await FakeApp.StartAsync();
        await server.MustPutAsync("/v1/agent/service/register", $$$"""{"Name":"db","Check":{"TCP":"127.0.0.1:{{{app.Port}}}","Interval":"100ms"}}""");
        await server.UntilAsync("/v1/health/service/db?passing", r => r.Text != "[]");

        await app.DisposeAsync();

        var critical = await server.UntilAsync("/v1/health/checks/db", r => r.Json[0].GetProperty("Status").GetString() == "critical");
        Assert.Contains($"TCP connect 127.0.0.1:{app.Port}", critical.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tcp_LongIntervalBeforeFirstSuccess_IsLookedAtEagerly()
    {
        await using var server = await TestServer.StartAsync();
        var port = FakeApp.FreePort();
        await server.MustPutAsync("/v1/agent/service/register", $$$"""{"Name":"late","Check":{"TCP":"127.0.0.1:{{{port}}}","Interval":"1h"}}""");
        Assert.Equal("[]", (await server.GetAsync("/v1/health/service/late?passing")).Text);

        await using var app = await FakeApp.StartAsync(port);

        await server.UntilAsync("/v1/health/service/late?passing", r => r.Text != "[]");
    }

    [Fact]
    public async Task Ttl_NoReportInTime_TurnsCriticalByACommand()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(time);
        await server.MustPutAsync("/v1/agent/check/register", """{"Name":"beat","TTL":"10s"}""");
        await server.MustPutAsync("/v1/agent/check/pass/beat?note=hello");
        await server.UntilAsync("/v1/health/state/passing", r => r.Text.Contains("\"beat\"", StringComparison.Ordinal));
        var index = server.Server.StateIndex;

        time.Advance(TimeSpan.FromSeconds(9));
        await server.MustPutAsync("/v1/agent/check/pass/beat?note=hello");
        Assert.Equal(index, server.Server.StateIndex);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Contains("\"beat\"", (await server.GetAsync("/v1/health/state/passing")).Text, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(2));

        var critical = await server.UntilAsync("/v1/health/state/critical", r => r.Text.Contains("\"beat\"", StringComparison.Ordinal));
        Assert.Contains("TTL expired: no report for 10s. Last output: hello", critical.Text, StringComparison.Ordinal);
        Assert.Equal(index + 1, server.Server.StateIndex);
    }

    [Fact]
    public async Task Ttl_CriticalForTooLong_DeregistersTheServiceAndItsSidecar()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(time);
        await server.MustPutAsync("/v1/agent/service/register",
            """{"Name":"stale","Check":{"TTL":"600s","DeregisterCriticalServiceAfter":"90s"},"Connect":{"SidecarService":{"Checks":[]}}}""");
        await server.UntilScheduledAsync(2);

        time.Advance(TimeSpan.FromSeconds(80));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v1/agent/service/stale")).Status);
        time.Advance(TimeSpan.FromSeconds(20));

        await server.UntilAsync("/v1/agent/services", r => r.Text == "{}");
    }

    [Fact]
    public async Task Update_Check_ReportsStatusAndOutput()
    {
        await using var server = await TestServer.StartAsync();
        await server.MustPutAsync("/v1/agent/check/register", """{"Name":"job","CheckID":"job-1","TTL":"60s","Notes":"nightly"}""");

        await server.MustPutAsync("/v1/agent/check/update/job-1", """{"Status":"warning","Output":"slow"}""");

        var check = (await server.GetAsync("/v1/agent/checks")).Json.GetProperty("job-1");
        Assert.Equal(("warning", "slow", "nightly", "ttl"), (check.GetProperty("Status").GetString(), check.GetProperty("Output").GetString(),
            check.GetProperty("Notes").GetString(), check.GetProperty("Type").GetString()));
        await server.MustPutAsync("/v1/agent/check/fail/job-1?note=broken");
        Assert.Equal("critical", (await server.GetAsync("/v1/agent/checks")).Json.GetProperty("job-1").GetProperty("Status").GetString());
        await server.MustPutAsync("/v1/agent/check/deregister/job-1");
        Assert.Equal("{}", (await server.GetAsync("/v1/agent/checks")).Text);
    }
}
