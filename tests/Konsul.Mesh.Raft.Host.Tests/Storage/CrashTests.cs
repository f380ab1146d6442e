using System.Globalization;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>
/// The power goes between any two operations of the disk, and takes what was not synced, by the dice: what is found again is the state before or
/// after the batch that was being written. KONSUL_CRASH_SEEDS=100-400 runs more seeds than the few of every day.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Steps = 120;

    public static IEnumerable<TheoryDataRow<int>> Seeds()
    {
        var range = (Environment.GetEnvironmentVariable("KONSUL_CRASH_SEEDS") ?? "1-3").Split('-').Select(s => int.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(range[0], range[^1] - range[0] + 1).Select(seed => new TheoryDataRow<int>(seed));
    }

    /// <summary>One run; at every operation three power cuts are looked at, and one more in the middle of the recovery from it.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void PowerCut_AtEveryOperation_LeavesTheStateBeforeOrAfter(int seed)
    {
        var options = OptionsFor(seed);
        var run = new StorageWorkload(new Random(seed), options, NewDisk(options));
        var dice = new Random(-seed);
        var points = 0;
        for (var step = 0; step < Steps; step++)
        {
            var disk = run.Disk;
            disk.OnOperation = operation =>
            {
                for (var cut = 0; cut < 3; cut++)
                {
                    var after = disk.AfterPowerCut(cut == 0 ? null : dice);
                    var inRecovery = after.Copy();
                    var where = $"seed {seed}, step {step} ({run.LastStep}), operation {disk.Operations} ({operation}), cut {cut}";
                    Recover(after, run.Allowed, options, where);
                    points++;
                    if (cut == 2)
                    {
                        CutDuringRecovery(inRecovery, dice, options);
                        Recover(inRecovery.AfterPowerCut(dice), run.Allowed, options, where + ", and again in the recovery");
                        points++;
                    }
                }
            };
            run.Step();
            disk.OnOperation = null;
        }

        run.Storage.Dispose();
        output.WriteLine($"seed {seed}: {points} crash points, log up to {run.Model.Last}, snapshot {run.Model.SnapshotIndex}");
        Assert.True(points > 1000, $"{points}");
    }

    /// <summary>Thousands of steps of one storage that crashes every few operations and goes on from what is left.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void RandomUse_CrashAndRecover_KeepsWhatTheModelKeeps(int seed)
    {
        var options = OptionsFor(seed);
        var run = new StorageWorkload(new Random(seed + 1_000_000), options, NewDisk(options));
        var dice = new Random(-seed - 1_000_000);
        var crashes = 0;
        for (var step = 0; step < 1500; step++)
        {
            var disk = run.Disk;
            var at = disk.Operations + 1 + dice.Next(30);

            // Every third time only the process is killed: what it wrote and did not sync is still to be seen, and must count or not for good.
            Exception end = dice.Next(3) == 0 ? new OperationCanceledException("killed") : new IOException("power cut", 5);
            disk.OnOperation = _ =>
            {
                if (disk.Operations >= at)
                {
                    throw end;
                }
            };
            try
            {
                run.Step();
            }
            catch (Exception e) when (e == end || e.InnerException == end || e is LogStoppedException or IOException)
            {
                crashes++;
                disk.OnOperation = null;
                disk.ReleaseLocks();
                var after = end is OperationCanceledException ? disk : disk.AfterPowerCut(dice);
                run.Continue(after, Match(after.Copy(), run.Allowed, options, $"seed {seed}, step {step} ({run.LastStep})"));
            }

            disk.OnOperation = null;
        }

        run.Storage.Dispose();
        output.WriteLine($"seed {seed}: {crashes} crashes in 1500 steps, log up to {run.Model.Last}, snapshot {run.Model.SnapshotIndex}");
        Assert.True(crashes > 100, $"{crashes}");
    }

    private static RaftStorageOptions OptionsFor(int seed) => Small with
    {
        MemoryBytes = seed % 2 == 0 ? 500 : long.MaxValue,
        TrailingEntries = seed % 3 * 7,
    };

    private static void Recover(FakeDisk disk, IReadOnlyList<StorageModel> allowed, RaftStorageOptions options, string where)
    {
        var model = Match(disk, allowed, options, where);

        // What was recovered can be written to, and is found again.
        disk.ReleaseLocks();
        using (var storage = Open(disk, options))
        {
            var term = storage.HardState.Term + 1;
            storage.Append([E(term, model.Last + 1)], new HardState(term, 3, storage.HardState.Commit));
            model = model.Append([E(term, model.Last + 1)], storage.HardState);
        }

        using var again = Open(disk, options);
        Assert.True(model.Difference(again, recovered: false) is null, $"{where}, after writing again: {model.Difference(again, recovered: false)}");
    }

    private static StorageModel Match(FakeDisk disk, IReadOnlyList<StorageModel> allowed, RaftStorageOptions options, string where)
    {
        try
        {
            using var storage = Open(disk, options);
            var differences = allowed.Select(m => m.Difference(storage, recovered: true)).ToList();
            var found = differences.IndexOf(null);
            Assert.True(found >= 0, $"{where}: {string.Join(" | ", differences)}");
            return allowed[found];
        }
        catch (LogDamagedException e)
        {
            throw new InvalidOperationException($"{where}: {e.Message}", e);
        }
    }

    private static void CutDuringRecovery(FakeDisk disk, Random dice, RaftStorageOptions options)
    {
        var at = 1 + dice.Next(8);
        disk.OnOperation = _ =>
        {
            if (disk.Operations >= at)
            {
                throw new IOException("power cut", 5);
            }
        };
        try
        {
            using var storage = Open(disk, options);
            storage.Append([], new HardState(storage.HardState.Term, storage.HardState.Vote, storage.HardState.Commit));
        }
        catch (Exception e) when (e is LogStoppedException or IOException)
        {
            // As meant.
        }

        disk.OnOperation = null;
    }
}
