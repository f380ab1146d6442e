using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>Three real servers, on each kind of log, lose what leads them under load.</summary>
public sealed class ClusterFaultTests
{
    private const int Readers = 16;
    private static readonly TimeSpan PauseOfLeader = TimeSpan.FromSeconds(1.5);

    [Theory]
    [InlineData(LogEngine.Raft, 3)]
    [InlineData(LogEngine.Etcd, 1)]
    public async Task LeaderKilled_HistoryIsLinearizableAndNoAcknowledgedWriteIsLost(LogEngine engine, int times)
    {
        await using var cluster = await StartAsync(engine);
        await using var load = new FaultLoad(cluster, "leader-killed");

        await load.RunAsync(async () =>
        {
            for (var i = 0; i < times; i++)
            {
                var leader = await cluster.LeaderAsync();
                await load.FaultAsync("leader killed", [leader], async () =>
                {
                    await cluster.KillAsync(leader);
                    await cluster.LeaderAsync(leader);
                });
                await cluster.StartAgainAsync(leader);
                await cluster.LeaderAsync();
            }
        });

        await load.AssertConsistentAsync();
    }

    [Theory]
    [InlineData(LogEngine.Raft)]
    [InlineData(LogEngine.Etcd)]
    public async Task LeaderPaused_HistoryIsLinearizableAndNoAcknowledgedWriteIsLost(LogEngine engine)
    {
        await using var cluster = await StartAsync(engine);
        await using var load = new FaultLoad(cluster, "leader-paused");

        await load.RunAsync(async () =>
        {
            var leader = await cluster.LeaderAsync();
            var readers = await load.ReadersAsync(leader, Readers);
            var pause = Task.CompletedTask;
            await load.FaultAsync("leader paused", [leader], async () =>
            {
                cluster.Process(leader).Send(Signal.Stop);
                pause = Task.Delay(PauseOfLeader, TimeProvider.System);
                await cluster.LeaderAsync(leader);
            });
            await pause;

            // These wait at the one that still believes it leads: it must not answer them from before its pause.
            var reads = load.ReadAllAsync(readers);
            cluster.Process(leader).Send(Signal.Continue);
            await reads;
            await cluster.LeaderAsync();
        });

        await load.AssertConsistentAsync();
    }

    [Theory]
    [InlineData(LogEngine.Etcd)]
    [InlineData(LogEngine.EtcdCluster)]
    public async Task EtcdLeaderKilled_HistoryIsLinearizableAndNoAcknowledgedWriteIsLost(LogEngine engine)
    {
        await using var cluster = await StartAsync(engine);
        await using var load = new FaultLoad(cluster, "etcd-killed");

        await load.RunAsync(async () =>
        {
            var leader = await cluster.OrderingSiteAsync();
            await load.FaultAsync("etcd killed", [], async () =>
            {
                await cluster.Etcd[leader].KillAsync();
                if (engine == LogEngine.Etcd)
                {
                    await cluster.Etcd[leader].StartAgainAsync();
                }
            });
            if (engine != LogEngine.Etcd)
            {
                await cluster.Etcd[leader].StartAgainAsync();
            }
        });

        await load.AssertConsistentAsync();
    }

    private static Task<ClusterProcesses> StartAsync(LogEngine engine)
    {
        Assert.SkipWhen(engine != LogEngine.Raft && EtcdMember.Program is null, "etcd is not installed");
        return ClusterProcesses.StartAsync(new ClusterPlan { Engine = engine });
    }
}
