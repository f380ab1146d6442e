using System.Text.Json;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Three servers in this process on real ports and directories.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private readonly ThreeServers _cluster = new();

    public ValueTask InitializeAsync() => _cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Write_AtAnyServer_IsReadAtEveryOther()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("true", (await _cluster[i].PutAsync($"/v1/kv/from-{i}", $"{i}")).Text);
            for (var j = 0; j < 3; j++)
            {
                var read = await _cluster[j].GetAsync($"/v1/kv/from-{i}?raw");
                Assert.Equal((200, $"{i}"), ((int)read.Status, read.Text));
            }
        }

        var leaders = await Task.WhenAll(_cluster.Running.Select(async s => (await s.GetAsync("/v1/status/leader")).Text));
        Assert.Single(leaders.Distinct());
        using var peers = JsonDocument.Parse((await _cluster[0].GetAsync("/v1/status/peers")).Text);
        Assert.Equal(Enumerable.Range(0, 3).Select(_cluster.AddressOf).Order(), peers.RootElement.EnumerateArray().Select(p => p.GetString()).Order());
    }

    [Fact]
    public async Task LeaderStops_OthersGoOn_AndItCatchesUpWhenItIsBack()
    {
        await _cluster[0].PutAsync("/v1/kv/before", "1");
        var leader = await _cluster.LeaderAsync();
        var other = (leader + 1) % 3;
        await _cluster[leader].Server.DrainAsync();
        await _cluster.StopAsync(leader);

        await _cluster.WriteAsync(other, "/v1/kv/meanwhile");
        await _cluster.StartAsync(leader);

        Assert.Equal("1", (await _cluster[leader].GetAsync("/v1/kv/before?raw")).Text);
        Assert.Equal("x", (await _cluster[leader].GetAsync("/v1/kv/meanwhile?raw")).Text);
    }

    [Fact]
    public async Task MajorityGone_WritesFailByName_AndStaleReadsAnswer()
    {
        await _cluster[0].PutAsync("/v1/kv/k", "v");
        await _cluster[0].GetAsync("/v1/kv/k?raw");
        await _cluster.StopAsync(1);
        await _cluster.StopAsync(2);

        await Eventually.HoldsAsync("writes are refused because nobody leads", async () =>
        {
            var write = await _cluster[0].PutAsync("/v1/kv/k", "w");
            return ((int)write.Status, write.Text) == (500, "No cluster leader");
        });
        var stale = await _cluster[0].GetAsync("/v1/kv/k?stale&raw");
        var fresh = await _cluster[0].GetAsync("/v1/kv/k?raw");

        Assert.Equal((200, "v"), ((int)stale.Status, stale.Text));
        Assert.Equal("false", stale.Headers["X-Consul-KnownLeader"]);
        Assert.Equal((500, "No cluster leader"), ((int)fresh.Status, fresh.Text));
        await _cluster.StartAsync(1);
        await _cluster.WriteAsync(0, "/v1/kv/after");
    }

    [Fact]
    public async Task TransferLeader_ByAFollower_MovesItThere()
    {
        var leader = await _cluster.LeaderAsync();
        var target = (leader + 1) % 3;
        using var before = JsonDocument.Parse((await _cluster[leader].GetAsync("/v1/operator/raft/configuration")).Text);
        var id = before.RootElement.GetProperty("Servers").EnumerateArray()
            .Single(s => s.GetProperty("Address").GetString() == $"{_cluster.AddressOf(target)}").GetProperty("ID").GetString();

        var moved = await _cluster[(leader + 2) % 3].SendAsync("POST", $"/v1/operator/raft/transfer-leader?id={id}");

        Assert.Equal((200, "{\"Success\":true}"), ((int)moved.Status, moved.Text));
        await Eventually.HoldsAsync("the chosen one leads", async () => await _cluster.LeaderAsync() == target);
    }

    [Fact]
    public async Task RemovePeer_LearnsOfItAndStops_IsRefusedByNameAndComesBackOnlyAnew()
    {
        var leader = await _cluster.LeaderAsync();
        var victim = (leader + 1) % 3;
        var removed = await _cluster[(leader + 2) % 3].SendAsync("DELETE", $"/v1/operator/raft/peer?address={_cluster.AddressOf(victim)}");

        Assert.Equal(200, (int)removed.Status);
        Assert.Equal(2, (await _cluster[leader].GetAsync("/v1/operator/raft/configuration")).Json.GetProperty("Servers").GetArrayLength());
        var stopped = await Assert.ThrowsAsync<LogStoppedException>(() => _cluster[victim].Server.Failed.WaitAsync(Limit));
        Assert.Contains("was removed from the cluster", stopped.Message, StringComparison.Ordinal);
        await _cluster.StopAsync(victim);
        await _cluster.WriteAsync(leader, "/v1/kv/after");

        var refused = await Assert.ThrowsAsync<StartupException>(() => _cluster.StartAsync(victim).WaitAsync(Limit));
        Assert.Equal(ExitCode.BadFile, refused.ExitCode);
        Assert.Contains("was removed from the cluster", refused.Message, StringComparison.Ordinal);
        _cluster.Wipe(victim);
        await _cluster.StartAsync(victim);
        Assert.Equal("x", (await _cluster[victim].GetAsync("/v1/kv/after?raw")).Text);
    }

    [Fact]
    public async Task Join_UnderTheIdOfAServerThatIsIn_IsRefusedByName()
    {
        await _cluster.WriteAsync(0, "/v1/kv/x");
        var victim = (await _cluster.LeaderAsync() + 1) % 3;
        await _cluster.StopAsync(victim);

        // It has lost the log with its votes, and kept the file with its id.
        Directory.Delete(Path.Combine(_cluster.DirectoryOf(victim), "raft"), recursive: true);
        File.Delete(Path.Combine(_cluster.DirectoryOf(victim), "raft.founding"));

        var refused = await Assert.ThrowsAsync<StartupException>(() => _cluster.StartAsync(victim).WaitAsync(Limit));

        Assert.Equal(ExitCode.BadFile, refused.ExitCode);
        Assert.Contains("is in the cluster already", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RemovePeer_NotAMember_IsRefusedByName()
    {
        var none = await _cluster[0].SendAsync("DELETE", "/v1/operator/raft/peer");
        var malformed = await _cluster[0].SendAsync("DELETE", "/v1/operator/raft/peer?id=xyz");
        var unknown = await _cluster[0].SendAsync("DELETE", "/v1/operator/raft/peer?id=00000000000000ff");

        Assert.Equal((400, 400), ((int)none.Status, (int)malformed.Status));
        Assert.Equal((500, "id \"00000000000000ff\" was not found in the Raft configuration"), ((int)unknown.Status, unknown.Text));
    }

    [Fact]
    public async Task RemovePeer_TheLeaderByItself_HandsOverFirst()
    {
        var leader = await _cluster.LeaderAsync();

        var removed = await _cluster[leader].SendAsync("DELETE", $"/v1/operator/raft/peer?id={await _cluster.IdOfAsync(leader)}");

        Assert.True((int)removed.Status == 200, removed.Text);
        await Assert.ThrowsAsync<LogStoppedException>(() => _cluster[leader].Server.Failed.WaitAsync(Limit));
        await _cluster.StopAsync(leader);
        await _cluster.WriteAsync((leader + 1) % 3, "/v1/kv/after");
        Assert.NotEqual(leader, await _cluster.LeaderAsync());
    }

    [Fact]
    public async Task ReplacePeer_WithOneThatListens_TakesItsVoteAtOnce()
    {
        await _cluster[0].MustPutAsync("/v1/operator/autopilot/configuration", """{"ServerStabilizationTime":"1h"}""");
        var fourth = await _cluster.AddAsync();
        var leader = await _cluster.LeaderAsync();
        var (old, successor) = (await _cluster.IdOfAsync((leader + 1) % 3), await _cluster.IdOfAsync(fourth));

        var replaced = await _cluster[(leader + 2) % 3].PutAsync($"/v1/operator/raft/replace-peer?id={old}&with={successor}");

        Assert.True((int)replaced.Status == 200, replaced.Text);
        await Eventually.HoldsAsync("it votes, and the other one is gone", async () =>
        {
            var servers = (await _cluster[leader].GetAsync("/v1/operator/raft/configuration")).Json.GetProperty("Servers").EnumerateArray().ToList();
            return servers.Count == 3 && servers.TrueForAll(s => s.GetProperty("Voter").GetBoolean())
                && servers.Exists(s => s.GetProperty("ID").GetString() == successor);
        });
        await Assert.ThrowsAsync<LogStoppedException>(() => _cluster[(leader + 1) % 3].Server.Failed.WaitAsync(Limit));
        var again = await _cluster[leader].PutAsync($"/v1/operator/raft/replace-peer?id={successor}&with={successor}");
        Assert.Equal(400, (int)again.Status);
    }

    [Fact]
    public async Task RemovePeer_OneThatOnlyListens_IsGone()
    {
        await _cluster[0].MustPutAsync("/v1/operator/autopilot/configuration", """{"ServerStabilizationTime":"1h"}""");
        var fourth = await _cluster.AddAsync();

        var removed = await _cluster[0].SendAsync("DELETE", $"/v1/operator/raft/peer?id={await _cluster.IdOfAsync(fourth)}");

        Assert.True((int)removed.Status == 200, removed.Text);
        await Assert.ThrowsAsync<LogStoppedException>(() => _cluster[fourth].Server.Failed.WaitAsync(Limit));
    }

    [Fact]
    public async Task AutopilotHealth_AskedAtAFollower_IsTheLeadersVerdict()
    {
        var leader = await _cluster.LeaderAsync();
        await Eventually.HoldsAsync("a follower tells that all are healthy", async () =>
            (await _cluster[(leader + 1) % 3].GetAsync("/v1/operator/autopilot/health")).Status == System.Net.HttpStatusCode.OK);

        var health = (await _cluster[(leader + 1) % 3].GetAsync("/v1/operator/autopilot/health")).Json;

        Assert.Equal(1, health.GetProperty("FailureTolerance").GetInt32());
        var servers = health.GetProperty("Servers").EnumerateArray().ToList();
        Assert.Equal(3, servers.Count);
        Assert.Equal($"node-{leader}", servers.Single(s => s.GetProperty("Leader").GetBoolean()).GetProperty("Name").GetString());
        Assert.All(servers, s => Assert.True(s.GetProperty("LastIndex").GetUInt64() > 0));
    }

    [Fact]
    public async Task Snapshot_SavedAndRestored_BringsEveryServerBackToIt()
    {
        await _cluster[0].PutAsync("/v1/kv/kept", "old");
        var archive = await _cluster[1].Client.GetByteArrayAsync(new Uri("/v1/snapshot", UriKind.Relative));
        await _cluster[0].PutAsync("/v1/kv/kept", "new");
        await _cluster[0].PutAsync("/v1/kv/later", "x");

        using var body = new ByteArrayContent(archive);
        using var answer = await _cluster[2].Client.PutAsync(new Uri("/v1/snapshot", UriKind.Relative), body);

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        foreach (var server in _cluster.Running)
        {
            Assert.Equal("old", (await server.GetAsync("/v1/kv/kept?raw")).Text);
            Assert.Equal(404, (int)(await server.GetAsync("/v1/kv/later")).Status);
        }

        archive[archive.Length / 2] ^= 0x40;
        using var damaged = new ByteArrayContent(archive);
        using var refused = await _cluster[0].Client.PutAsync(new Uri("/v1/snapshot", UriKind.Relative), damaged);
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.StartsWith("The snapshot was refused, nothing was changed", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AutopilotHealth_ThreeServers_TolerateOne()
    {
        var leader = await _cluster.LeaderAsync();
        await Eventually.HoldsAsync("all are healthy", async () => (await _cluster[leader].GetAsync("/v1/operator/autopilot/health")).Status == System.Net.HttpStatusCode.OK);

        using var health = JsonDocument.Parse((await _cluster[leader].GetAsync("/v1/operator/autopilot/health")).Text);

        Assert.Equal(1, health.RootElement.GetProperty("FailureTolerance").GetInt32());
        Assert.Equal(3, health.RootElement.GetProperty("Servers").GetArrayLength());
    }

    [Fact]
    public async Task AskedAtAnyServer_HealthProgressAndProxies_AreTheWholeClusters()
    {
        const string Pair = """{"Name":"web","ID":"web","Port":1,"Connect":{"SidecarService":{}}}""";
        var leader = await _cluster.LeaderAsync();
        var (near, far) = ((leader + 1) % 3, (leader + 2) % 3);
        await _cluster[near].PutAsync("/v1/agent/service/register", Pair);
        using var channel = GrpcTests.Dial(_cluster[near]);
        using var call = new Wire.V1.Discovery.DiscoveryClient(channel).StreamDeltas();
        await call.RequestStream.WriteAsync(new Wire.V1.DeltaRequest
        {
            Node = new Wire.V1.ProxyNode { ProxyId = "web-sidecar-proxy" },
            Type = Wire.V1.ResourceType.Listener,
            Subscribe = { "*" },
        });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        using var proxies = JsonDocument.Parse((await _cluster[far].GetAsync("/v1/mesh/proxies")).Text);

        Assert.Equal("web-sidecar-proxy", Assert.Single(proxies.RootElement.EnumerateArray()).GetProperty("ProxyID").GetString());
        foreach (var server in _cluster.Running)
        {
            await Eventually.HoldsAsync("the server knows all to be healthy", async () => (await server.GetAsync("/v1/operator/autopilot/health")).Status == System.Net.HttpStatusCode.OK);
            using var raft = JsonDocument.Parse((await server.GetAsync("/v1/operator/raft/configuration")).Text);
            Assert.All(raft.RootElement.GetProperty("Servers").EnumerateArray(), s => Assert.True(s.GetProperty("LastIndex").GetUInt64() > 0));
        }
    }

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
}
