using System.Net;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>One of three servers ends, with and without leaving the cluster for good.</summary>
public sealed class LeaveTests : IAsyncLifetime
{
    private readonly ThreeServers _cluster = new();

    public ValueTask InitializeAsync() => _cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task LeaderStops_ItsOwnClientsWriteWithoutPause_NoneSeesAnError()
    {
        var leader = await _cluster.LeaderAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => KeepAliveClient.ConnectAsync(_cluster[leader].Server.HttpPort)));
        var written = new int[clients.Length];
        var writers = Task.WhenAll(clients.Select(async (client, i) =>
        {
            for (var closes = false; !closes;)
            {
                await client.SendAsync(KeepAliveClient.Put($"own-{i}", "v") + "!");
                (var status, closes) = await client.AnswerAsync();
                Assert.Equal(200, status);
                written[i]++;
            }
        }));
        await Eventually.HoldsAsync("all write", () => Task.FromResult(written.All(w => w > 5)));

        await _cluster[leader].Server.DrainAsync();
        await writers;
        await _cluster.StopAsync(leader);

        Assert.NotEqual(leader, await _cluster.LeaderAsync());
        Array.ForEach(clients, c => c.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leave_OneOfThree_IsTakenOutAndTheOthersGoOn(bool isLeader)
    {
        var leader = await _cluster.LeaderAsync();
        var leaving = isLeader ? leader : (leader + 1) % 3;
        var id = await _cluster.IdOfAsync(leaving);

        Assert.Equal(HttpStatusCode.OK, (await _cluster[leaving].PutAsync("/v1/agent/leave")).Status);
        Assert.True(_cluster[leaving].Parts.Drain.IsDraining);
        await _cluster[leaving].Server.DrainAsync();
        await _cluster.StopAsync(leaving);

        var other = (leaving + 1) % 3;
        await _cluster.WriteAsync(other, "/v1/kv/after");
        var configuration = (await _cluster[other].GetAsync("/v1/operator/raft/configuration")).Text;
        Assert.DoesNotContain(id, configuration, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leave_OthersHaveNoMajority_IsRefusedAndTheServerStays()
    {
        var leader = await _cluster.LeaderAsync();
        await _cluster.StopAsync((leader + 1) % 3);

        await Eventually.HoldsAsync("the leader misses the server that is gone", () => Task.FromResult(
            _cluster[leader].Server.Members.Any(m => m.SinceContact > TimeSpan.FromSeconds(1))));

        var answer = await _cluster[leader].PutAsync("/v1/agent/leave");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Contains("only 1 of the 2 voters that would be left are in contact", answer.Text, StringComparison.Ordinal);
        Assert.False(_cluster[leader].Parts.Drain.IsDraining);
        await _cluster.WriteAsync(leader, "/v1/kv/still");
    }
}
