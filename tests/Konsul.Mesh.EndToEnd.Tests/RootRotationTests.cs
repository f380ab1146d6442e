using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Konsul.Mesh.EndToEnd.Tests.Cluster;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>The root is replaced under load: no request may fail, and in the end nobody shows or trusts the old one.</summary>
public sealed class RootRotationTests
{
    private const string Rotation = "/v1/connect/ca/rotation";
    private static readonly TimeSpan Whole = TimeSpan.FromMinutes(3);
    private static readonly string[] ShortTimes = ["--leaf-ttl", "20s", "--ca-skew", "2s", "--ca-publish-wait", "10s"];

    [Fact]
    public async Task Rotate_PairUnderLoad_NoRequestFailsAndOnlyTheNewRootIsLeft()
    {
        await using var mesh = await MeshHarness.StartAsync(ShortTimes);
        var app = mesh.Keep(await EchoApp.StartAsync("api-1"));
        await mesh.AddSidecarAsync("api-1", "api", app.Port, "--protocol", "http");
        var port = FreePorts.Next();
        await mesh.AddSidecarAsync("web-1", "web", mesh.Keep(await FakeApp.SayingAsync("web")).Port, "--upstream", Upstream(port));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await AnswersAsync(client);

        string next;
        var load = new Load(client);
        await using (load)
        {
            next = await CtlRotateAsync(mesh.Server.Http.BaseAddress!);
            await UntilOnlyAsync(mesh.Server.Http, next);
            var before = load.Total;
            await Eventually.HoldsAsync("requests go on", () => Task.FromResult(load.Total > before + 200));
        }

        Assert.Empty(load.Failures);
        Assert.True(load.Total > 1000, $"only {load.Total} requests");
        TestContext.Current.TestOutputHelper?.WriteLine($"{load.Total} requests, none failed");
        Assert.SkipUnless(OpenSsl.IsInstalled, "openssl is not installed");
        var leaf = await OpenSsl.LeafAsync(mesh, "web");
        Assert.Contains("Verify return code: 0 (ok)", await OpenSsl.ClientAsync(mesh.Sidecars["api-1"].Ports["inbound"], leaf), StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", await OpenSsl.ClientAsync(mesh.Server.GrpcPort, leaf), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotate_LeaderKilledInEveryStage_NoRequestFailsAndItEnds()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcesses.StartAsync(new ClusterPlan { Options = ["--leaf-ttl", "45s", "--ca-skew", "2s", "--ca-publish-wait", "10s"] });
        await using var app = await EchoApp.StartAsync("api-1");
        await using var web = await FakeApp.SayingAsync("web");

        // A sidecar's registration belongs to the server that it was made at, so that one lives on.
        var leader = await cluster.LeaderAsync();
        var home = (leader + 1) % 3;
        var servers = cluster.GrpcAddress(home);
        await using var api = await SidecarProcess.StartAsync("api", folder.Path, servers, "--service", "api", "--service-port", Text(app.Port), "--protocol", "http", "--outbound-addr", "127.0.0.1:0");
        var port = FreePorts.Next();
        await using var caller = await SidecarProcess.StartAsync("web", folder.Path, servers, "--service", "web", "--service-port", Text(web.Port), "--upstream", Upstream(port), "--outbound-addr", "127.0.0.1:0");
        await Task.WhenAll(api.WaitUntilReadyAsync(), caller.WaitUntilReadyAsync());
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await AnswersAsync(client);

        string next;
        var load = new Load(client);
        await using (load)
        {
            next = await CtlRotateAsync(cluster.HttpAddress(home));
            await KillLeaderAsync(cluster, leader);
            using var http = new HttpClient { BaseAddress = cluster.HttpAddress(home) };
            await UntilStageAsync(http, "retiring");
            await KillLeaderAsync(cluster, await OtherLeaderAsync(cluster, http, home));
            await UntilOnlyAsync(http, next);
            var before = load.Total;
            await Eventually.HoldsAsync("requests go on", () => Task.FromResult(load.Total > before + 200
                ? null
                : $"{load.Total} requests, {load.Failures.Count} failed: {load.Failures.FirstOrDefault()}\n{Tail(api)}\n{Tail(caller)}"));
        }

        Assert.Empty(load.Failures);
        for (var server = 0; server < 3; server++)
        {
            using var http = new HttpClient { BaseAddress = cluster.HttpAddress(server) };
            await UntilOnlyAsync(http, next);
            using var writing = new Api(cluster, server);
            await writing.EventuallyPutsAsync($"after-{server}", "x");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{load.Total} requests, none failed");
    }

    private static async Task KillLeaderAsync(ClusterProcesses cluster, int leader)
    {
        await cluster.KillAsync(leader);
        await cluster.LeaderAsync(leader);
        await cluster.StartAgainAsync(leader);
        await cluster.LeaderAsync();
    }

    /// <summary>The leader; where it is that server, it hands over first.</summary>
    private static async Task<int> OtherLeaderAsync(ClusterProcesses cluster, HttpClient http, int server)
    {
        await Eventually.HoldsAsync("another server leads", async () =>
        {
            if (await cluster.LeaderAsync() != server)
            {
                return true;
            }

            using var answer = await http.PostAsync("/v1/operator/raft/transfer-leader", null);
            return false;
        });
        return await cluster.LeaderAsync();
    }

    private static string Tail(SidecarProcess sidecar) => string.Join('\n', sidecar.Process.Output.Split('\n').TakeLast(12));

    private static string Upstream(int port) => string.Create(CultureInfo.InvariantCulture, $"api:{port}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Task AnswersAsync(HttpClient client) =>
        Eventually.HoldsAsync("api answers", async () => (await client.GetStringAsync("/")).StartsWith("api-", StringComparison.Ordinal));

    private static async Task<string> CtlRotateAsync(Uri server)
    {
        await using var ctl = ProgramProcess.Start("konsulctl", Programs.Ctl, ["ca", "rotate", "-o", "json", "--address", server.ToString()]);
        Assert.True(await ctl.WaitForExitAsync() == 0, ctl.Output);
        var start = ctl.Output.IndexOf('{', StringComparison.Ordinal);
        return JsonDocument.Parse(ctl.Output[start..(ctl.Output.IndexOf('}', StringComparison.Ordinal) + 1)]).RootElement.GetProperty("RootID").GetString()!;
    }

    private static Task UntilStageAsync(HttpClient http, string stage) => Eventually.HoldsAsync($"the rotation is {stage}", async () =>
    {
        var shown = await http.GetStringAsync(Rotation);
        return JsonDocument.Parse(shown).RootElement.GetProperty("Stage").GetString() == stage ? null : shown;
    }, Whole);

    private static Task UntilOnlyAsync(HttpClient http, string root) => Eventually.HoldsAsync("only the new root is served", async () =>
    {
        var roots = await http.GetFromJsonAsync<JsonElement>("/v1/connect/ca/roots?stale");
        var ids = roots.GetProperty("Roots").EnumerateArray().Select(r => r.GetProperty("ID").GetString()).ToList();
        return ids is [var one] && one == root ? null : string.Join(' ', ids) + await http.GetStringAsync(Rotation);
    }, Whole);
}
