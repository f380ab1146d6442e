using System.Buffers.Binary;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;
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

    /// <summary>What a server wrote before there were sessions: tables 1 to 15 and a header that says 2.</summary>
    [Fact]
    public void Restore_SnapshotOfVersion2_IsReadWhole()
    {
        var source = new StoreFixture();
        source.Register(Service("api"), Check("c", "api"));
        source.Set("a", "1");
        source.Set("\0old\0b", "2");
        var now = Written(source.View).ToArray();
        var (old, counts, crc, at) = (new MemoryStream(), new ulong[SnapshotFormat.SecondTables], uint.MaxValue, SnapshotFormat.HeaderSize);
        var header = now[..SnapshotFormat.HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), SnapshotFormat.SecondVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(24), SnapshotFormat.Crc(header.AsSpan(0, 24)));
        old.Write(header);
        while (now[at] != (byte)SnapshotTable.End)
        {
            var record = now.AsSpan(at, SnapshotFormat.RecordHeaderSize + BinaryPrimitives.ReadInt32LittleEndian(now.AsSpan(at + 1)));
            at += record.Length;
            if (record[0] <= SnapshotFormat.SecondTables)
            {
                old.Write(record);
                counts[record[0] - 1]++;
                crc = SnapshotFormat.Crc(record[SnapshotFormat.RecordHeaderSize..], crc);
            }
        }

        var end = new byte[(8 * counts.Length) + 4];
        for (var i = 0; i < counts.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(end.AsSpan(8 * i), counts[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(8 * counts.Length), crc);
        var last = new byte[SnapshotFormat.RecordHeaderSize];
        last[0] = (byte)SnapshotTable.End;
        BinaryPrimitives.WriteInt32LittleEndian(last.AsSpan(1), end.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(last.AsSpan(5), SnapshotFormat.Crc(end, SnapshotFormat.Crc(last.AsSpan(0, 5))));
        old.Write(last);
        old.Write(end);
        old.Position = 0;

        var restored = new StateStore();
        restored.Restore(old);

        Assert.Equal(source.Hash(), StateHash.Compute(restored.View));
        Assert.Equal("1"u8.ToArray(), restored.View.Kv.Get("a")!.Value.ToArray());
    }

    /// <summary>A key that is locked, has a life, a past and a namespace, and what ends by itself.</summary>
    [Fact]
    public void Restore_SessionsLocksAndDeadlines_GoOnWhereTheyWere()
    {
        var (source, restored) = (new StoreFixture(), new StateStore());
        source.Register(Service("api"), Check("c", "api"));
        source.Do(new CreateSession
        {
            Session = new Session { Id = "s", Namespace = "team", Node = "n1", NodeChecks = ["c"], Ttl = TimeSpan.FromSeconds(10), LockDelay = TimeSpan.FromSeconds(9) },
        });
        source.Do(new KvLock { Key = "\0team\0a", Value = new byte[] { 1 }, Session = "s" });
        source.Do(new KvSet { Key = "b", Value = new byte[] { 1 }, Ttl = TimeSpan.FromSeconds(3) });
        source.Do(new KvSet { Key = "b", Value = new byte[] { 2 }, Ttl = TimeSpan.FromSeconds(3) });
        restored.Restore(Written(source.View));
        Assert.Equal(source.View.Deadlines, restored.View.Deadlines);
        Assert.Equal(source.View.Kv.HistoryBytes, restored.View.Kv.HistoryBytes);

        var critical = CommandCodec.Encode(new UpdateChecks { Updates = [new CheckUpdate { Node = "n1", CheckId = "c", Status = CheckStatus.Critical }] });
        restored.Apply(source.Index + 1, critical);
        source.Do(CommandCodec.Decode(critical));

        Assert.Equal(source.Hash(), StateHash.Compute(restored.View));
        Assert.Equal("", restored.View.Kv.Get("\0team\0a")!.Session);
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
