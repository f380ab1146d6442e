using System.Text.Json;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Three servers in this process on real ports and directories.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private readonly int[] _raft = [FreePorts.Next(), FreePorts.Next(), FreePorts.Next()];
    private readonly string[] _directories = [TestServer.NewDirectory(), TestServer.NewDirectory(), TestServer.NewDirectory()];
    private readonly TestServer?[] _servers = new TestServer?[3];

    public async ValueTask InitializeAsync() => await Task.WhenAll(Enumerable.Range(0, 3).Select(StartAsync));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.OfType<TestServer>())
        {
            await server.DisposeAsync();
        }

        foreach (var directory in _directories)
        {
            Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);
        }
    }

    [Fact]
    public async Task Write_AtAnyServer_IsReadAtEveryOther()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("true", (await _servers[i]!.PutAsync($"/v1/kv/from-{i}", $"{i}")).Text);
            for (var j = 0; j < 3; j++)
            {
                var read = await _servers[j]!.GetAsync($"/v1/kv/from-{i}?raw");
                Assert.Equal((200, $"{i}"), ((int)read.Status, read.Text));
            }
        }

        var leaders = await Task.WhenAll(_servers.Select(async s => (await s!.GetAsync("/v1/status/leader")).Text));
        Assert.Single(leaders.Distinct());
        using var peers = JsonDocument.Parse((await _servers[0]!.GetAsync("/v1/status/peers")).Text);
        Assert.Equal(_raft.Select(p => $"127.0.0.1:{p}").Order(), peers.RootElement.EnumerateArray().Select(p => p.GetString()).Order());
    }

    [Fact]
    public async Task LeaderStops_OthersGoOn_AndItCatchesUpWhenItIsBack()
    {
        await _servers[0]!.PutAsync("/v1/kv/before", "1");
        var leader = await LeaderAsync();
        var other = (leader + 1) % 3;
        await _servers[leader]!.Server.HandOverAsync();
        await _servers[leader]!.DisposeAsync();
        _servers[leader] = null;

        await WriteAsync(other, "/v1/kv/meanwhile");
        await StartAsync(leader);

        Assert.Equal("1", (await _servers[leader]!.GetAsync("/v1/kv/before?raw")).Text);
        Assert.Equal("x", (await _servers[leader]!.GetAsync("/v1/kv/meanwhile?raw")).Text);
    }

    [Fact]
    public async Task MajorityGone_WritesFailByName_AndStaleReadsAnswer()
    {
        await _servers[0]!.PutAsync("/v1/kv/k", "v");
        await _servers[0]!.GetAsync("/v1/kv/k?raw");
        await _servers[1]!.DisposeAsync();
        await _servers[2]!.DisposeAsync();
        (_servers[1], _servers[2]) = (null, null);

        await Eventually.HoldsAsync("writes are refused because nobody leads", async () =>
        {
            var write = await _servers[0]!.PutAsync("/v1/kv/k", "w");
            return ((int)write.Status, write.Text) == (500, "No cluster leader");
        });
        var stale = await _servers[0]!.GetAsync("/v1/kv/k?stale&raw");
        var fresh = await _servers[0]!.GetAsync("/v1/kv/k?raw");

        Assert.Equal((200, "v"), ((int)stale.Status, stale.Text));
        Assert.Equal("false", stale.Headers["X-Consul-KnownLeader"]);
        Assert.Equal((500, "No cluster leader"), ((int)fresh.Status, fresh.Text));
        await StartAsync(1);
        await WriteAsync(0, "/v1/kv/after");
    }

    [Fact]
    public async Task TransferLeader_ByAFollower_MovesItThere()
    {
        var leader = await LeaderAsync();
        var target = (leader + 1) % 3;
        using var before = JsonDocument.Parse((await _servers[leader]!.GetAsync("/v1/operator/raft/configuration")).Text);
        var id = before.RootElement.GetProperty("Servers").EnumerateArray()
            .Single(s => s.GetProperty("Address").GetString() == $"127.0.0.1:{_raft[target]}").GetProperty("ID").GetString();

        var moved = await _servers[(leader + 2) % 3]!.SendAsync("POST", $"/v1/operator/raft/transfer-leader?id={id}");

        Assert.Equal((200, "{\"Success\":true}"), ((int)moved.Status, moved.Text));
        await Eventually.HoldsAsync("the chosen one leads", async () => await LeaderAsync() == target);
    }

    [Fact]
    public async Task RemovePeer_IsGoneForEver_AndTheRestGoesOn()
    {
        var leader = await LeaderAsync();
        var victim = (leader + 1) % 3;
        var removed = await _servers[(leader + 2) % 3]!.SendAsync("DELETE", $"/v1/operator/raft/peer?address=127.0.0.1:{_raft[victim]}");

        Assert.Equal(200, (int)removed.Status);
        using var after = JsonDocument.Parse((await _servers[leader]!.GetAsync("/v1/operator/raft/configuration")).Text);
        Assert.Equal(2, after.RootElement.GetProperty("Servers").GetArrayLength());
        await WriteAsync(leader, "/v1/kv/after");
        Assert.Equal(400, (int)(await _servers[leader]!.SendAsync("DELETE", "/v1/operator/raft/peer")).Status);
        Assert.Equal(400, (int)(await _servers[leader]!.SendAsync("DELETE", "/v1/operator/raft/peer?id=xyz")).Status);
    }

    [Fact]
    public async Task Snapshot_SavedAndRestored_BringsEveryServerBackToIt()
    {
        await _servers[0]!.PutAsync("/v1/kv/kept", "old");
        var archive = await _servers[1]!.Client.GetByteArrayAsync(new Uri("/v1/snapshot", UriKind.Relative));
        await _servers[0]!.PutAsync("/v1/kv/kept", "new");
        await _servers[0]!.PutAsync("/v1/kv/later", "x");

        using var body = new ByteArrayContent(archive);
        using var answer = await _servers[2]!.Client.PutAsync(new Uri("/v1/snapshot", UriKind.Relative), body);

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        foreach (var server in _servers)
        {
            Assert.Equal("old", (await server!.GetAsync("/v1/kv/kept?raw")).Text);
            Assert.Equal(404, (int)(await server.GetAsync("/v1/kv/later")).Status);
        }

        archive[archive.Length / 2] ^= 0x40;
        using var damaged = new ByteArrayContent(archive);
        using var refused = await _servers[0]!.Client.PutAsync(new Uri("/v1/snapshot", UriKind.Relative), damaged);
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.StartsWith("The snapshot was refused, nothing was changed", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AutopilotHealth_ThreeServers_TolerateOne()
    {
        var leader = await LeaderAsync();
        await Eventually.HoldsAsync("all are healthy", async () => (await _servers[leader]!.GetAsync("/v1/operator/autopilot/health")).Status == System.Net.HttpStatusCode.OK);

        using var health = JsonDocument.Parse((await _servers[leader]!.GetAsync("/v1/operator/autopilot/health")).Text);

        Assert.Equal(1, health.RootElement.GetProperty("FailureTolerance").GetInt32());
        Assert.Equal(3, health.RootElement.GetProperty("Servers").GetArrayLength());
    }

    [Fact]
    public async Task AskedAtAnyServer_HealthProgressAndProxies_AreTheWholeClusters()
    {
        const string Pair = """{"Name":"web","ID":"web","Port":1,"Connect":{"SidecarService":{}}}""";
        var leader = await LeaderAsync();
        var (near, far) = ((leader + 1) % 3, (leader + 2) % 3);
        await _servers[near]!.PutAsync("/v1/agent/service/register", Pair);
        using var channel = GrpcTests.Dial(_servers[near]!);
        using var call = new Wire.V1.Discovery.DiscoveryClient(channel).StreamDeltas();
        await call.RequestStream.WriteAsync(new Wire.V1.DeltaRequest
        {
            Node = new Wire.V1.ProxyNode { ProxyId = "web-sidecar-proxy" },
            Type = Wire.V1.ResourceType.Listener,
            Subscribe = { "*" },
        });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        using var proxies = JsonDocument.Parse((await _servers[far]!.GetAsync("/v1/mesh/proxies")).Text);

        Assert.Equal("web-sidecar-proxy", Assert.Single(proxies.RootElement.EnumerateArray()).GetProperty("ProxyID").GetString());
        foreach (var server in _servers)
        {
            await Eventually.HoldsAsync("the server knows all to be healthy", async () => (await server!.GetAsync("/v1/operator/autopilot/health")).Status == System.Net.HttpStatusCode.OK);
            using var raft = JsonDocument.Parse((await server!.GetAsync("/v1/operator/raft/configuration")).Text);
            Assert.All(raft.RootElement.GetProperty("Servers").EnumerateArray(), s => Assert.True(s.GetProperty("LastIndex").GetUInt64() > 0));
        }
    }

    private async Task StartAsync(int i) => _servers[i] = await TestServer.StartAsync(directory: _directories[i], change: s => s with
    {
        NodeName = $"node-{i}",
        Raft = new HostPort("127.0.0.1", _raft[i]),
        BootstrapExpect = 3,
        RetryJoin = [.. _raft.Select(p => new PeerAddress("127.0.0.1", p))],
    });

    private async Task<int> LeaderAsync()
    {
        var leader = -1;
        await Eventually.HoldsAsync("somebody leads", async () =>
        {
            var asked = Array.FindIndex(_servers, s => s is not null);
            var text = (await _servers[asked]!.GetAsync("/v1/status/leader")).Text;
            leader = Array.FindIndex(_raft, p => text == $"\"127.0.0.1:{p}\"");
            return leader >= 0;
        });
        return leader;
    }

    /// <summary>As a client does that tries again while nobody leads.</summary>
    private Task WriteAsync(int server, string path) =>
        Eventually.HoldsAsync($"{path} is written", async () => (await _servers[server]!.PutAsync(path, "x")).Status == System.Net.HttpStatusCode.OK);
}
