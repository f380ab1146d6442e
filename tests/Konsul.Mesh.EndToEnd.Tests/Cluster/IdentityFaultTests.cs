using System.Net;
using Konsul.Mesh.Raft;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Network;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>Servers that are not who they should be: a copy of another one, one that was removed, one of another cluster.</summary>
public sealed class IdentityFaultTests
{
    [Fact]
    public async Task CopiedData_TheCopyStopsByNameAndTheClusterGoesOn()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcesses.StartAsync();
        var leader = await cluster.LeaderAsync();
        var original = (leader + 1) % 3;
        using var api = new Api(cluster, leader);
        await api.MustPutAsync("before", "x");
        await cluster.KillAsync(original);
        Copy(cluster.DataDirectory(original), folder.File("copy"));
        await cluster.StartAgainAsync(original);

        await using var copy = cluster.StartBeside(original, Site.OnLoopback(1)[0], folder.File("copy"));
        var code = await copy.WaitForExitAsync();

        Assert.NotEqual(0, code);
        Assert.Contains("same node id", copy.Output, StringComparison.Ordinal);
        await api.EventuallyPutsAsync("after", "x");
        using var there = new Api(cluster, original);
        await there.EventuallyPutsAsync("there", "x");
    }

    [Fact]
    public async Task RemovedServer_ReturnsAndIsRefusedByName()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var leader = await cluster.LeaderAsync();
        var removed = (leader + 1) % 3;
        using var api = new Api(cluster, leader);
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Delete, $"/v1/operator/raft/peer?address={cluster.RaftAddress(removed)}")).Status);
        await cluster.KillAsync(removed);

        await cluster.LaunchAgainAsync(removed);

        await cluster.Process(removed).WaitForLineAsync("removed from the cluster");
        await api.EventuallyPutsAsync("after", "x");
        Assert.Equal(2, (await api.MembersAsync()).Length);
        Assert.Equal(leader, await cluster.LeaderAsync(removed));
    }

    [Fact]
    public async Task ServerOfAnotherCluster_IsRefusedByName()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var leader = await cluster.LeaderAsync();
        var foreign = (leader + 1) % 3;
        using var api = new Api(cluster, leader);
        var voters = (await api.MembersAsync()).ToDictionary(m => m.Address, m => Convert.ToUInt64(m.Id, 16));
        await cluster.KillAsync(foreign);
        var log = Path.Combine(cluster.DataDirectory(foreign), "raft");
        Directory.Delete(log, recursive: true);
        RaftStorage.Initialize(
            new RaftStorageOptions { Directory = log },
            new RaftIdentity(Guid.NewGuid().ToString("D"), voters[cluster.RaftAddress(foreign)]),
            new ConfState { Voters = [.. voters.Values.Order()] },
            TimeProvider.System);

        await cluster.LaunchAgainAsync(foreign);

        await cluster.Process(foreign).WaitForLineAsync("the cluster ids differ");
        using var there = new Api(cluster, foreign);
        var refused = await there.PutAsync("/v1/kv/foreign", "x");
        Assert.True(refused == (HttpStatusCode.InternalServerError, "No cluster leader"), $"{refused}, {cluster.Process(foreign).Output}");
        await api.EventuallyPutsAsync("after", "x");
        Assert.Equal(HttpStatusCode.NotFound, (await api.GetAsync("/v1/kv/foreign")).Status);
        Assert.Equal(leader, await cluster.LeaderAsync(foreign));
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
