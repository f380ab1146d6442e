using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Rules of the host that a simulated world hardly ever comes to need.</summary>
public sealed class RuleScenarioTests
{
    /// <summary>What a power cut left of a batch lies behind the next, shorter one, and is taken for damage.</summary>
    [Theory]
    [InlineData(HostRules.All, true)]
    [InlineData(HostRules.All & ~HostRules.CutTornTail, false)]
    internal void Open_AfterATornTailAndAShorterBatch_KnowsItsLog(HostRules rules, bool opens)
    {
        var options = Options with { Rules = rules };
        var disk = NewDisk(options);
        using (var storage = Open(disk, options))
        {
            storage.Append([E(1, 1)], new HardState(1, 1, 0));
        }

        var before = Array.FindLastIndex(disk[LogFixture.Wal(1)].Data, b => b != 0);
        using (var storage = Open(disk, options))
        {
            storage.Append([E(1, 2, new string('x', 3000))]);
        }

        // All but one of its sectors were written; the batch that comes in its place covers that one.
        disk[LogFixture.Wal(1)].Data.AsSpan((before / 512 * 512) + 512, 512).Clear();
        using (var storage = Open(disk, options))
        {
            Assert.True(storage.Repair.TornBytes > 0);
            storage.Append([E(1, 2, new string('z', 1500))]);
        }

        Assert.Equal(opens, Record.Exception(() => Open(disk, options).Dispose()) is null);
    }
}
