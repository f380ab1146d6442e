using Konsul.Mesh.Etcd.Tests.Fixtures;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Audit;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Etcd.Tests;

public sealed class AuditTests
{
    [Fact]
    public async Task Exchange_ThreeServersOneDiffers_AllSeeWhich_AndItCanBeFenced()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = await Node.OpenAsync("b", etcd);
        await using var c = await Node.OpenAsync("c", etcd);
        Node[] nodes = [a, b, c];
        await a.Log.ProposeAsync("x"u8.ToArray());
        foreach (var node in nodes)
        {
            await node.Log.ReadBarrierAsync();
        }

        b.Machine.Skew = 1;

        await Eventually.HoldsAsync("all see which one differs", async () =>
        {
            var verdicts = new List<DivergenceVerdict>();
            foreach (var node in nodes)
            {
                verdicts.Add(await VerdictAsync(node.Log));
            }

            return verdicts.TrueForAll(v => v.Diverged is ["b"]);
        });

        b.Log.Fence("because its state is wrong");
        var stopped = await Assert.ThrowsAsync<LogStoppedException>(() => b.Log.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("because its state is wrong", stopped.Message);
        await Eventually.HoldsAsync("its report went with it", async () => (await VerdictAsync(a.Log)).Equal.SetEquals(["a", "c"]) && a.Log.Voters == 2);
    }

    [Fact]
    public async Task Report_AfterManyEntries_HoldsTheSameCheckpointsOnEveryServer()
    {
        await using var etcd = await EtcdProcess.StartAsync();
        await using var a = await Node.OpenAsync("a", etcd);
        await using var b = await Node.OpenAsync("b", etcd);
        await Task.WhenAll(Enumerable.Range(0, 2500).Select(i => (i % 2 == 0 ? a : b).Log.ProposeAsync(BitConverter.GetBytes(i)).AsTask()));
        await a.Log.ReadBarrierAsync();
        await b.Log.ReadBarrierAsync();

        var (one, other) = (await a.Log.ReportAsync(default), await b.Log.ReportAsync(default));

        Assert.Equal([1000UL, 2000UL], one.Checkpoints.Select(c => c.Index).Where(i => i % CheckpointLog.Every == 0));
        Assert.Equal(one.Checkpoints, other.Checkpoints);
    }

    private static async Task<DivergenceVerdict> VerdictAsync(EtcdLog log)
    {
        var own = await log.ReportAsync(default);
        return DivergenceJudge.Judge([own, .. await log.ExchangeAsync(own, default)], own.Form, log.Voters);
    }
}
