using System.Net;
using Konsul.Mesh.Etcd;
using Konsul.Mesh.Etcd.Tests.Fixtures;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Server.Startup;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Whole servers with <c>--log etcd</c> on one real etcd.</summary>
public sealed class EtcdLogTests
{
    [Fact]
    public async Task Servers_TwoOnOneEtcd_AreOneCluster()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await TestServer.StartAsync(change: s => On(etcd, s, "a"));
        await using var b = await TestServer.StartAsync(change: s => On(etcd, s, "b") with { KekFile = a.DataDirectory + ".kek" });

        await a.MustPutAsync("/v1/kv/x", "from a");
        Assert.Equal("from a", (await b.GetAsync("/v1/kv/x?raw&consistent")).Text);
        await b.MustPutAsync("/v1/kv/x", "from b");
        Assert.Equal("from b", (await a.GetAsync("/v1/kv/x?raw&consistent")).Text);

        var nodes = (await b.GetAsync("/v1/catalog/nodes")).Json.EnumerateArray().Select(n => n.GetProperty("Node").GetString());
        Assert.Equal(["a", "b"], nodes.Order());
        Assert.Equal((await a.GetAsync("/v1/connect/ca/roots")).Text, (await b.GetAsync("/v1/connect/ca/roots")).Text);
    }

    [Fact]
    public async Task StatusLeader_OnEtcd_IsTheSameAddressAtBoth_AndAnswers()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await TestServer.StartAsync(change: s => On(etcd, s, "a"));
        await using var b = await TestServer.StartAsync(change: s => On(etcd, s, "b") with { KekFile = a.DataDirectory + ".kek" });

        var leader = await a.UntilAsync("/v1/status/leader", r => r.Text.Length > 2);
        await b.UntilAsync("/v1/status/leader", r => r.Text == leader.Text);

        Assert.Equal($"\"127.0.0.1:{a.Server.HttpPort}\"", leader.Text);
        Assert.Equal(2, (await b.GetAsync("/v1/status/peers")).Json.GetArrayLength());
        using var client = new HttpClient();
        Assert.True((await client.GetAsync(new Uri($"http://{leader.Json.GetString()}/v1/status/leader"))).IsSuccessStatusCode);
    }

    /// <summary>The servers cannot ask each other: what one is told reaches the other that leads through the log.</summary>
    [Fact]
    public async Task Session_RenewedWithTheOneThatDoesNotLead_BeginsItsTimeAnew()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await TestServer.StartAsync(change: s => On(etcd, s, "a"));
        await using var b = await TestServer.StartAsync(change: s => On(etcd, s, "b") with { KekFile = a.DataDirectory + ".kek" });
        var id = await SessionTests.CreateAsync(b, """{"TTL":"10s","NodeChecks":[]}""");
        var before = b.Server.Store.View.Deadlines.Single();

        Assert.Equal(HttpStatusCode.OK, (await b.PutAsync($"/v1/session/renew/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await b.PutAsync("/v1/session/renew/none")).Status);

        Assert.True(b.Server.Store.View.Deadlines.Single().Since > before.Since);
        await Eventually.HoldsAsync("the leader measures it", () => Task.FromResult(a.Server.Deadlines + b.Server.Deadlines == 1));
    }

    [Fact]
    public async Task Health_OnEtcd_AServerThatEndedIsNotHealthy_UntilItIsTakenOut_AndItMayReturn()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await TestServer.StartAsync(change: s => On(etcd, s, "a"));
        ServerSettings B(ServerSettings s) => On(etcd, s, "b") with { KekFile = a.DataDirectory + ".kek" };
        await using (await TestServer.StartAsync(change: B))
        {
            await a.UntilAsync("/v1/operator/autopilot/health", r => r.Status == HttpStatusCode.OK && r.Json.GetProperty("Servers").GetArrayLength() == 2);
            Assert.Contains("runs", (await a.SendAsync("DELETE", "/v1/operator/raft/peer?id=b")).Text, StringComparison.Ordinal);
        }

        await a.UntilAsync("/v1/operator/autopilot/health", r => r.Status == HttpStatusCode.TooManyRequests);
        Assert.Equal(1, (await a.GetAsync("/v1/status/peers")).Json.GetArrayLength());
        Assert.Equal(HttpStatusCode.OK, (await a.SendAsync("DELETE", "/v1/operator/raft/peer?id=b")).Status);
        Assert.Equal(HttpStatusCode.OK, (await a.GetAsync("/v1/operator/autopilot/health")).Status);

        await using var again = await TestServer.StartAsync(change: B);
        await a.UntilAsync("/v1/status/peers", r => r.Json.GetArrayLength() == 2);
    }

    [Fact]
    public async Task Server_WithoutTheOthersKeyFile_Exits65AndNamesTheOption()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await TestServer.StartAsync(change: s => On(etcd, s, "a"));

        var refused = await Assert.ThrowsAsync<StartupException>(() => TestServer.StartAsync(change: s => On(etcd, s, "b")));

        Assert.Equal(ExitCode.BadFile, refused.ExitCode);
        Assert.Contains("--ca-kek-file", refused.Message, StringComparison.Ordinal);
        Assert.Contains("copy there the file of the server that made the CA", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_EndsAndItsDiskIsLost_EverythingIsThereAgain()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        var kek = TestServer.NewDirectory() + ".kek";
        await using (var first = await TestServer.StartAsync(change: s => On(etcd, s, "a") with { KekFile = kek }))
        {
            await first.MustPutAsync("/v1/kv/kept", "yes");
            await first.MustPutAsync("/v1/agent/service/register", """{"Name":"web","Port":80}""");
        }

        await using var again = await TestServer.StartAsync(change: s => On(etcd, s, "a") with { KekFile = kek });

        Assert.Equal("yes", (await again.GetAsync("/v1/kv/kept?raw")).Text);
        Assert.Equal(HttpStatusCode.OK, (await again.GetAsync("/v1/agent/service/web")).Status);
        Directory.Delete(Path.GetDirectoryName(kek)!, recursive: true);
    }

    [Fact]
    public async Task Server_OtherDatacentersPrefix_Exits65AndNamesBoth()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using (await TestServer.StartAsync(change: s => On(etcd, s, "a")))
        {
            // Made the log of dc1.
        }

        var refused = await Assert.ThrowsAsync<StartupException>(() => TestServer.StartAsync(change: s => On(etcd, s, "b") with { Datacenter = "dc2" }));

        Assert.Equal(ExitCode.BadFile, refused.ExitCode);
        Assert.Contains("is of \"dc1\", this server is of \"dc2\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_EtcdGone_ServesWhatItHasAndSaysWhyNotTheRest()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await TestServer.StartAsync(change: s => On(etcd, s, "a"));
        await a.MustPutAsync("/v1/kv/x", "here");

        await etcd.KillAsync();
        var write = a.PutAsync("/v1/kv/x", "new");
        var read = a.GetAsync("/v1/kv/x?consistent");

        Assert.Equal("here", (await a.GetAsync("/v1/kv/x?raw&stale")).Text);
        Assert.Contains("etcd has not answered", (await write).Text, StringComparison.Ordinal);
        Assert.Contains("etcd has not answered", (await read).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.InternalServerError, (await read).Status);
    }

    private static ServerSettings On(EtcdProcess etcd, ServerSettings settings, string node) => settings with
    {
        NodeName = node,
        Etcd = new EtcdSettings(new EtcdConnectionOptions { Endpoints = [etcd.Address] }, "/konsul/dc1/"),
    };
}
