using System.Net;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Three servers whose leader goes in each stage of a rotation: the next one goes on, and all of them end with the same root.</summary>
public sealed class RotationClusterTests : IAsyncLifetime
{
    private const string Rotation = "/v1/connect/ca/rotation";
    private const string Roots = "/v1/connect/ca/roots?stale";
    private readonly ThreeServers _cluster = new();

    public async ValueTask InitializeAsync() => await Task.WhenAll(Enumerable.Range(0, 3).Select(StartAsync));

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task LeaderStops_InEachStage_TheNextOneFinishes()
    {
        var leader = await _cluster.LeaderAsync();
        var follower = (leader + 1) % 3;
        var reply = await _cluster[follower].MustPutAsync(Rotation);
        var next = reply.Json.GetProperty("RootID").GetString()!;
        await RestartAsync(leader);

        // The one that is away has not taken the root: the others wait for it, and it is back in time.
        await UntilAllAsync(r => r.GetProperty("ActiveRootID").GetString() == next);
        await RestartAsync(await _cluster.LeaderAsync());
        await UntilAllAsync(r => r.GetProperty("Roots").GetArrayLength() == 1 && r.GetProperty("ActiveRootID").GetString() == next);

        await _cluster.WriteAsync(leader, "/v1/kv/after");
        await Eventually.HoldsAsync("every server shows a leaf of the new root", async () =>
        {
            var shown = await Task.WhenAll(_cluster.Running.Select(RotationTests.ShownIssuerAsync));
            return shown.Distinct().Count() == 1;
        });
    }

    [Fact]
    public async Task ServerAway_DoesNotHoldUpTheRotationForEver_AndFollowsWhenItIsBack()
    {
        var away = (await _cluster.LeaderAsync() + 1) % 3;
        var other = (away + 1) % 3;
        await _cluster.StopAsync(away);

        var next = (await _cluster[other].MustPutAsync(Rotation)).Json.GetProperty("RootID").GetString()!;
        var waiting = (await _cluster[other].GetAsync(Rotation)).Json;
        Assert.Equal(1, waiting.GetProperty("Publishing").GetProperty("ServersBehind").GetInt32());
        await _cluster[other].UntilAsync(Roots, r => r.Json.GetProperty("Roots").GetArrayLength() == 1 && r.Json.GetProperty("ActiveRootID").GetString() == next);

        await StartAsync(away);
        await UntilAllAsync(r => r.GetProperty("ActiveRootID").GetString() == next);
        await _cluster.WriteAsync(away, "/v1/kv/after");
    }

    [Fact]
    public async Task Begun_OnTwoServersAtOnce_OneRotationTakesPlace()
    {
        var replies = await Task.WhenAll(_cluster.Running.Select(s => s.PutAsync(Rotation)));

        Assert.Single(replies, r => r.Status == HttpStatusCode.OK);
        Assert.All(replies.Where(r => r.Status != HttpStatusCode.OK), r => Assert.Equal(HttpStatusCode.Conflict, r.Status));
        await UntilAllAsync(r => r.GetProperty("Roots").GetArrayLength() == 2);
    }

    private Task<TestServer> StartAsync(int server) => _cluster.StartAsync(server, s => s with
    {
        Ca = s.Ca with { LeafTtl = TimeSpan.FromSeconds(10), Skew = TimeSpan.FromSeconds(1), PublishWait = TimeSpan.FromSeconds(6) },
    });

    private async Task RestartAsync(int server)
    {
        await _cluster.StopAsync(server);
        await _cluster.LeaderAsync();
        await StartAsync(server);
    }

    private async Task UntilAllAsync(Func<System.Text.Json.JsonElement, bool> satisfied)
    {
        foreach (var server in _cluster.Running.ToList())
        {
            await server.UntilAsync(Roots, r => r.Status == HttpStatusCode.OK && satisfied(r.Json));
        }
    }
}
