using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

public sealed class RaftMetricsTests
{
    [Fact]
    public async Task OneServer_CountsItsElection_AndTimesCommitsSyncsAndSnapshots()
    {
        await using var cluster = new TestCluster(1);
        var server = await cluster.LeaderAsync();
        using var measured = new Measured(server.Metrics);
        await server.StopAsync();
        server.Start();
        for (var i = 0; i < 5; i++)
        {
            await TestCluster.ProposeAsync(server, $"c{i}");
        }

        await server.Log.SnapshotAsync();
        Assert.Equal(1, measured["elections"]);
        Assert.Equal(1, measured["leader.changes"]);
        Assert.InRange(measured["commit.duration"], 5, 6);
        Assert.True(measured["fsync.duration"] >= 5);
        Assert.Equal(1, measured["snapshot.duration write"]);
    }

    [Fact]
    public async Task Follower_CountsWhatItSendsOn_AndEveryNewLeader()
    {
        await using var cluster = new TestCluster(3);
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Servers.First(s => s != leader);
        using var measured = new Measured(follower.Metrics);
        for (var i = 0; i < 7; i++)
        {
            await TestCluster.ProposeAsync(follower, $"c{i}");
        }

        await leader.Log.TransferLeadershipAsync(cluster.Servers.First(s => s != leader && s != follower).Id);
        await cluster.LeaderAsync(leader);
        await TestCluster.ProposeAsync(follower, "last");

        await Eventually.HoldsAsync("all were sent on", () => Task.FromResult(measured["forwarded appended"] >= 8));
        Assert.Equal(1, measured["leader.changes"]);
        Assert.Equal(0, measured["commit.duration"]);
    }

    [Fact]
    public async Task Status_AfterASnapshot_TellsItsSizeAndTheLogsAge()
    {
        await using var cluster = new TestCluster(1);
        var server = cluster.Servers[0];
        await TestCluster.ProposeAsync(server, new string('x', 1000));

        await server.Log.SnapshotAsync();

        var status = server.Log.Status;
        Assert.InRange(status.SnapshotBytes, 1000, 2000);
        Assert.True(status.OldestLogAge >= TimeSpan.Zero);
        Assert.True(status.CommitIndex >= status.AppliedIndex && status.AppliedIndex > 0);
    }
}
