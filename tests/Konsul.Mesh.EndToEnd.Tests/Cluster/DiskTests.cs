using System.Net;
using Konsul.Mesh.Raft;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.TestKit.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>Disks that are full, that fail, and that hold what this server must not touch.</summary>
public sealed class DiskTests
{
    private const int ExitCodeOfAnOwnFailure = 70;

    /// <summary>Room for two segments of the log, not for three.</summary>
    private const int DiskMegabytes = 140;
    private static readonly string Large = new('x', 500_000);

    [Fact]
    public async Task DiskFull_WritesAreRefusedByName_ReadsGoOn_AndWritesWorkWhenThereIsSpace()
    {
        var (disk, obstacle) = await SmallDisk.MountAsync(DiskMegabytes);
        Assert.SkipWhen(disk is null, obstacle ?? "");
        await using var owned = disk;
        await using var cluster = await ClusterProcesses.StartAsync(new ClusterPlan { Size = 1, DataDirectory = _ => Path.Combine(disk!.Path, "data") });
        using var api = new Api(cluster, 0);
        await api.MustPutAsync("kept", "yes");
        disk!.Fill();

        List<string> acknowledged = [];
        (HttpStatusCode Status, string Text) answer;
        do
        {
            Assert.True(acknowledged.Count < 1000, "The disk never was full.");
            var key = $"large-{acknowledged.Count}";
            answer = await api.PutAsync("/v1/kv/" + key, Large);
            acknowledged.Add(key);
        }
        while (answer == (HttpStatusCode.OK, "true"));
        acknowledged.RemoveAt(acknowledged.Count - 1);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Contains("disk of the log became full before the outcome was known", answer.Text, StringComparison.Ordinal);
        await api.AssertHoldsAsync("kept", "yes", "?consistent&raw");
        await api.AssertHoldsAsync("kept", "yes");
        Assert.Contains("disk of the log is full", (await api.PutAsync("/v1/kv/small", "x")).Text, StringComparison.Ordinal);
        Assert.False(cluster.Process(0).HasExited);

        disk.Free();
        await api.EventuallyPutsAsync("small", "y");
        await cluster.KillAsync(0);
        await cluster.StartAgainAsync(0);
        await api.AssertHoldsAsync("small", "y");
        foreach (var key in acknowledged)
        {
            await api.AssertHoldsAsync(key, Large);
        }
    }

    [Theory]
    [InlineData("fdatasync")]
    [InlineData("pwrite64")]
    public async Task DiskOfTheLeaderFailsOnce_ItStopsByName_AndNoAcknowledgedWriteIsLost(string call)
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        await using var load = new FaultLoad(cluster, "disk-fails-" + call);

        await load.RunAsync(async () =>
        {
            var leader = await cluster.LeaderAsync();
            var process = cluster.Process(leader);
            await load.FaultAsync($"{call} of the leader fails", [leader], async () =>
            {
                var (tracer, obstacle) = await SyscallFault.InjectAsync(process, call, "EIO");
                Assert.SkipWhen(tracer is null, obstacle ?? "");
                await using var owned = tracer;
                Assert.Equal(ExitCodeOfAnOwnFailure, await process.WaitForExitAsync());
            });
            Assert.Contains("Input/output error", process.Output, StringComparison.Ordinal);
            Assert.Contains("The log cannot go on; this server ends", process.Output, StringComparison.Ordinal);
            await cluster.StartAgainAsync(leader);
        });

        await load.AssertConsistentAsync();
    }

    [Theory]
    [InlineData(1, 200, "a command of kind 200")]
    [InlineData(9, 1, "a form that this program does not know")]
    public async Task DataOfANewerProgram_TheServerStopsByNameAndChangesNothing(byte headerVersion, byte kind, string reason)
    {
        await using var cluster = await ClusterProcesses.StartAsync(new ClusterPlan { Size = 1 });
        await cluster.KillAsync(0);
        var log = Path.Combine(cluster.DataDirectory(0), "raft");
        var entry = new byte[20];
        (entry[0], entry[17], entry[18], entry[19]) = (headerVersion, (byte)'K', kind, 1);
        ulong index;
        using (var storage = RaftStorage.Open(new RaftStorageOptions { Directory = log }, TimeProvider.System, NullLogger.Instance))
        {
            index = storage.LastIndex + 1;
            storage.Append([new Entry(storage.HardState.Term, index, EntryType.Normal, entry)], storage.HardState with { Commit = index });
        }

        for (var i = 0; i < 2; i++)
        {
            await cluster.LaunchAgainAsync(0);
            Assert.NotEqual(0, await cluster.Process(0).WaitForExitAsync());
            Assert.Contains(reason, cluster.Process(0).Output, StringComparison.Ordinal);
            Assert.Contains("written by a newer one", cluster.Process(0).Output, StringComparison.Ordinal);
        }

        using var after = RaftStorage.Open(new RaftStorageOptions { Directory = log }, TimeProvider.System, NullLogger.Instance);
        Assert.InRange(after.LastIndex, index, ulong.MaxValue);
    }
}
