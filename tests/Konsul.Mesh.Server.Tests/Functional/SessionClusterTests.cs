using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>Sessions and locks among three servers: any of them takes every request, and a change of leader takes no lock from its holder.</summary>
public sealed class SessionClusterTests : IAsyncLifetime
{
    private readonly ThreeServers _cluster = new();

    public ValueTask InitializeAsync() => _cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task LeaderGoes_SessionAndLockStay_AndAreRenewedWithTheNewOne()
    {
        var leader = await _cluster.LeaderAsync();
        var follower = _cluster[(leader + 1) % 3];
        var id = await SessionTests.CreateAsync(follower, """{"TTL":"10s","LockDelay":"10s","NodeChecks":[]}""");
        Assert.Equal("true", (await follower.PutAsync($"/v1/kv/leader?acquire={id}", "me")).Text);
        await follower.MustPutAsync($"/v1/session/renew/{id}");
        Assert.Equal((1, 0), (_cluster[leader].Server.Deadlines, follower.Server.Deadlines));

        await _cluster.StopAsync(leader);

        await Eventually.HoldsAsync("it is renewed with the new leader", async () => (int)(await follower.PutAsync($"/v1/session/renew/{id}")).Status == 200);
        var next = await _cluster.LeaderAsync();
        Assert.Equal(1, _cluster[next].Server.Deadlines);
        Assert.Equal(id, (await follower.GetAsync("/v1/kv/leader")).Json[0].GetProperty("Session").GetString());

        await follower.MustPutAsync($"/v1/session/destroy/{id}");
        var other = await SessionTests.CreateAsync(_cluster[next], """{"NodeChecks":[]}""");
        Assert.Equal("false", (await _cluster[next].PutAsync($"/v1/kv/leader?acquire={other}", "you")).Text);
    }
}
