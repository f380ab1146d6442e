using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.LogFixture;

namespace Konsul.Mesh.Raft.Host.Tests;

public sealed class DiskFaultTests
{
    private readonly FakeDisk _disk = new();
    private readonly RecordingMachine _machine = new();

    [Theory]
    [InlineData("sync")]
    [InlineData("write")]
    public async Task Propose_DiskError_StopsTheLogAndNeverRetries(string operation)
    {
        await using var log = await OpenAsync(_disk, _machine);
        await log.ProposeAsync("good");
        _disk.OnOperation = o =>
        {
            if (o == operation)
            {
                throw new IOException("Input/output error", 5);
            }
        };

        var failed = await Assert.ThrowsAsync<LogStoppedException>(() => log.ProposeAsync("bad"));
        var operations = _disk.Operations;
        _disk.OnOperation = null;

        Assert.Contains("Input/output error", failed.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LogStoppedException>(() => log.Completion);
        await Assert.ThrowsAsync<LogStoppedException>(() => log.ProposeAsync("later"));
        await Assert.ThrowsAsync<LogStoppedException>(() => log.SnapshotAsync(TestContext.Current.CancellationToken));
        Assert.Equal(operations, _disk.Operations);
        Assert.Equal(["good"], _machine.Commands);
        Assert.Contains("Input/output error", log.Status.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Propose_SyncSaysDiskFull_StopsTooBecauseTheWriteMayBeLost()
    {
        await using var log = await OpenAsync(_disk, _machine);
        _disk.OnOperation = o =>
        {
            if (o == "sync")
            {
                throw new IOException("No space left on device", 28);
            }
        };

        await Assert.ThrowsAsync<LogStoppedException>(() => log.ProposeAsync("x"));
    }

    [Fact]
    public async Task Propose_ShortWrites_AreContinued()
    {
        _disk.MaxWrite = 7;
        await using (var log = await OpenAsync(_disk, _machine, Options with { SegmentBytes = 5000 }))
        {
            for (var i = 0; i < 30; i++)
            {
                await log.ProposeAsync($"command {i}");
            }
        }

        var machine = new RecordingMachine();
        await using var again = await OpenAsync(_disk, machine);
        Assert.Equal(_machine.Commands, machine.Commands);
        Assert.Equal(30, machine.Applied.Count);
    }

    [Fact]
    public async Task Propose_DiskFull_RefusesWritesKeepsReadsAndRecoversWithSpace()
    {
        await using var log = await OpenAsync(_disk, _machine, Options with { SegmentBytes = 5000 });
        _disk.Capacity = 12_000;
        ProposalRefusedException? refused = null;
        var accepted = new List<string>();
        while (refused is null)
        {
            try
            {
                await log.ProposeAsync($"command {accepted.Count}");
                accepted.Add($"command {accepted.Count}");
                Assert.True(accepted.Count < 1000, "the disk never filled up");
            }
            catch (ProposalRefusedException e)
            {
                refused = e;
            }
        }

        Assert.Equal(ProposalRefusal.DiskFull, refused.Refusal);
        Assert.Equal((ulong)accepted.Count, await log.ReadBarrierAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ProposalRefusedException>(() => log.ProposeAsync("still full"));
        Assert.True(log.Status.DiskFull);
        var cut = new RecordingMachine();
        OpenSegments(_disk.AfterPowerCut(null), cut).Dispose();
        Assert.Equal(accepted, cut.Commands);

        _disk.Capacity = long.MaxValue;
        await log.ProposeAsync("space again");
        await log.DisposeAsync();
        var machine = new RecordingMachine();
        await using var again = await OpenAsync(_disk, machine);
        Assert.Equal([.. accepted, "space again"], machine.Commands);
    }

    [Fact]
    public async Task Propose_DiskFullInTheMiddleOfAWrite_LeavesNothingBehind()
    {
        await using (var log = await OpenAsync(_disk, _machine))
        {
            await log.ProposeAsync("good");
            _disk.MaxWrite = 40;
            var writes = 0;
            _disk.OnOperation = o =>
            {
                if (o == "write" && ++writes == 4)
                {
                    throw new IOException("No space left on device", 28);
                }
            };
            await Assert.ThrowsAsync<ProposalRefusedException>(() => log.ProposeAsync(new string('x', 300)));
            _disk.OnOperation = null;
            await log.ProposeAsync("y");
        }

        var machine = new RecordingMachine();
        await using var again = await OpenAsync(_disk, machine);
        Assert.Equal(["good", "y"], machine.Commands);
    }

    /// <summary>The power goes at each operation in turn, with segments rolling and snapshots being taken, and takes what was not synced, by the dice.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task PowerCut_AtEveryOperation_LosesNothingAcknowledged(int seed)
    {
        for (var at = 1; ; at++)
        {
            var disk = new FakeDisk { MaxWrite = 3000 };
            disk.OnOperation = _ =>
            {
                if (disk.Operations >= at)
                {
                    throw new IOException("power cut", 5);
                }
            };
            var acknowledged = await RunUntilPowerCutAsync(disk);
            var finished = disk.Operations < at;
            var after = disk.AfterPowerCut(seed == 1 ? null : new Random((seed * 10_000) + at));

            // And once more, at a random point of the recovery itself.
            var recovered = after.Copy();
            var inRecovery = 1 + new Random(at).Next(6);
            recovered.OnOperation = _ =>
            {
                if (recovered.Operations >= inRecovery)
                {
                    throw new IOException("power cut", 5);
                }
            };
            await RunUntilPowerCutAsync(recovered);
            foreach (var disks in new[] { after, recovered.AfterPowerCut(new Random(at + 1)) })
            {
                var machine = new RecordingMachine();
                await using var log = await OpenAsync(disks, machine, Small);
                Assert.Equal(acknowledged, machine.Commands.Take(acknowledged.Count));
                var extra = machine.Commands.Skip(acknowledged.Count).ToList();
                Assert.True(extra.Count <= 1 || disks != after, $"cut at {at}: {string.Join(',', extra)}");
                await log.ProposeAsync("after");
            }

            if (finished)
            {
                Assert.True(at > 50, $"only {at} operations");
                break;
            }
        }
    }

    private static SingleNodeLogOptions Small => Options with { SegmentBytes = 4700, SnapshotEveryEntries = 7, TrailingEntries = 5 };

    private static async Task<List<string>> RunUntilPowerCutAsync(FakeDisk disk)
    {
        var acknowledged = new List<string>();
        try
        {
            var machine = new RecordingMachine();
            await using var log = await OpenAsync(disk, machine, Small);
            var start = machine.Applied.Count;
            for (var i = start; i < 24; i++)
            {
                await log.ProposeAsync($"command {i}");
                acknowledged.Add($"command {i}");
            }
        }
        catch (Exception e) when (e is LogStoppedException or IOException)
        {
            // The power is gone.
        }

        return acknowledged;
    }
}
