using Konsul.Mesh.Raft.Host.Tests.Disk;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

public sealed class DiskFullTests
{
    [Fact]
    public async Task DiskFills_WhatWasUnderWayIsUnknown_WhatComesLaterIsRefused_AndItGoesOn()
    {
        var disk = new FullDisk();
        await using var cluster = new TestCluster(1);
        var server = await cluster.LeaderAsync();
        await server.StopAsync();
        server.Files = disk;
        server.Start();
        await TestCluster.ProposeAsync(server, "before");

        disk.IsFull = true;
        var unknown = await Assert.ThrowsAsync<TimeoutException>(() => server.Log.ProposeAsync("under way"u8.ToArray()).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        var refused = await Assert.ThrowsAsync<ProposalRefusedException>(() => server.Log.ProposeAsync("later"u8.ToArray()).AsTask());
        Assert.True(server.Log.Status.DiskFull);
        disk.IsFull = false;

        await Eventually.HoldsAsync("the disk is seen to have space", () => Task.FromResult(!server.Log.Status.DiskFull));
        await TestCluster.ProposeAsync(server, "after");
        Assert.Contains("may or may not happen", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(ProposalRefusal.DiskFull, refused.Refusal);
        Assert.Equal(["before", "under way", "after"], server.Machine.Commands);
    }
}
