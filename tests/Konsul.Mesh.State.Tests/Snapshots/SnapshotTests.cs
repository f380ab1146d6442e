using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Snapshots;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Snapshots;

public sealed class SnapshotTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Replay_TwiceAndThroughASnapshotMidway_GivesEqualHashesResultsAndViews(int seed)
    {
        var commands = new RandomCommands(seed).Take(1500).ToList();
        var (first, second, restored) = (new StateStore(), new StateStore(), new StateStore());

        for (var i = 0; i < commands.Count; i++)
        {
            var index = (ulong)i + 1;
            var a = first.Apply(index, commands[i]);
            var b = second.Apply(index, commands[i]);
            Assert.Equal((a.Failure, a.Reason, a.Changed, a.CasHeld), (b.Failure, b.Reason, b.Changed, b.CasHeld));
            if (i == 700)
            {
                restored.Restore(Written(first.View));
                Assert.Equal(StateHash.Compute(first.View), StateHash.Compute(restored.View));
            }
            else if (i > 700)
            {
                restored.Apply(index, commands[i]);
            }
        }

        Assert.Equal(StateHash.Compute(first.View), StateHash.Compute(second.View));
        Assert.Equal(StateHash.Compute(first.View), StateHash.Compute(restored.View));
        Assert.Equal(first.View.Index, restored.View.Index);
        AssertInvariants(first.View.Catalog);
        AssertInvariants(restored.View.Catalog);
    }

    [Fact]
    public void StateHash_AnyDifference_Differs()
    {
        var (a, b) = (new StoreFixture(), new StoreFixture());
        a.Set("k", "1");
        b.Set("k", "2");

        Assert.NotEqual(a.Hash(), b.Hash());
        Assert.NotEqual(a.Hash(), new StoreFixture().Hash());
    }

    [Fact]
    public void Restore_EveryByteFlippedAndEveryLengthCut_IsRefusedWithAnOffsetAndChangesNothing()
    {
        var source = new StateStore();
        ulong index = 0;
        foreach (var command in new RandomCommands(5).Take(12))
        {
            source.Apply(++index, command);
        }

        var good = Written(source.View).ToArray();
        var store = new StateStore();
        for (var i = 0; i < good.Length; i++)
        {
            var flipped = (byte[])good.Clone();
            flipped[i] ^= 0x10;

            var flip = Assert.Throws<SnapshotDamagedException>(() => store.Restore(new MemoryStream(flipped)));
            var cut = Assert.Throws<SnapshotDamagedException>(() => store.Restore(new MemoryStream(good, 0, i)));

            Assert.InRange(flip.Offset, 0, i);
            Assert.InRange(cut.Offset, 0, i);
        }

        Assert.Throws<SnapshotDamagedException>(() => store.Restore(new MemoryStream([.. good, 0])));
        Assert.Equal(0UL, store.View.Index);
    }

    [Fact]
    public void WriteSnapshot_OfAnOldView_IsNotDisturbedByLaterWrites()
    {
        var fixture = new StoreFixture();
        fixture.Register(Service("api"), Check("c", "api"));
        fixture.Set("a", "1");
        var (view, hash) = (fixture.View, fixture.Hash());

        fixture.Set("a", "2");
        fixture.Do(new Konsul.Mesh.State.Commands.Deregister { Node = "n1" });
        var restored = new StateStore();
        restored.Restore(Written(view));

        Assert.Equal(hash, StateHash.Compute(restored.View));
        Assert.NotEqual(hash, fixture.Hash());
    }

    [Fact]
    public async Task View_ReadersDuringWrites_AlwaysSeeAWholeState()
    {
        var store = new StateStore();
        var stop = new TaskCompletionSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!stop.Task.IsCompleted)
            {
                AssertInvariants(store.View.Catalog);
            }
        })).ToList();

        ulong index = 0;
        foreach (var command in new RandomCommands(6).Take(3000))
        {
            store.Apply(++index, command);
        }

        stop.SetResult();
        await Task.WhenAll(readers);

        Assert.Equal(3000UL, store.View.Index);
    }

    private static MemoryStream Written(StateView view)
    {
        var stream = new MemoryStream();
        StateStore.WriteSnapshot(view, stream);
        stream.Position = 0;
        return stream;
    }

    private static void AssertInvariants(CatalogView catalog)
    {
        var tables = catalog.Tables;
        Assert.Equal(tables.Instances.Select(e => e.Value).OrderBy(i => (i.Name, i.Node, i.Id)), tables.ByService.Select(e => e.Value));
        Assert.Equal(tables.Checks.Count, tables.ChecksByInstance.Count);
        Assert.All(tables.Instances, e => Assert.NotNull(catalog.Node(e.Value.Node)));
        Assert.All(tables.Checks, e => Assert.True(e.Value.ServiceId.Length == 0 || catalog.Instance(e.Value.Node, e.Value.ServiceId)!.Name == e.Value.ServiceName));
        Assert.Equal(tables.Instances.Select(e => e.Value.Name).Distinct().Order(StringComparer.Ordinal), catalog.ServiceNames);
        Assert.Equal(
            tables.Instances.Select(e => CatalogWriter.Destination(e.Value)).OfType<string>().Distinct().Order(StringComparer.Ordinal),
            tables.ConnectIndexes.Select(e => e.Key));
        Assert.All(
            tables.Instances.GroupBy(e => (e.Value.Node, e.Value.Port)).Where(g => g.Key.Port >= SidecarPorts.First), group => Assert.Single(group));
    }
}
