using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Snapshots;

namespace Konsul.Mesh.State.Tests.Snapshots;

/// <summary>Snapshots of more than one block of a megabyte.</summary>
public sealed class LargeSnapshotTests
{
    private const int Block = 1024 * 1024;

    [Fact]
    public void Restore_ValuesOfAnySizes_GivesTheSameStateAndDigest()
    {
        var sizes = Gen.ListOf(Gen.Frequency((6, Gen.Choose(0, 3000)), (2, Gen.Choose(100_000, 400_000)), (1, Gen.Choose(Block - 80, Block + 80)))).Resize(30).ToArbitrary();

        Prop.ForAll(sizes, list =>
        {
            var store = Filled(list);
            var restored = new StateStore();
            restored.Restore(new MemoryStream(Written(store.View)));

            return StateHash.Compute(restored.View) == StateHash.Compute(store.View)
                && restored.View.RowDigest == store.View.RowDigest
                && restored.View.RowDigest == new StateDigest().RowsOf(StateView.Empty, restored.View)
                && restored.View.Kv.Count == list.Count;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20).WithEndSize(30));
    }

    [Fact]
    public void Restore_SourceThatGivesFewBytesAtATime_ReadsItAll()
    {
        var store = Filled(Enumerable.Repeat(5000, 500));
        var restored = new StateStore();

        restored.Restore(new SlowStream(Written(store.View)));

        Assert.Equal(StateDigest.Of(store.View), StateDigest.Of(restored.View));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Restore_OneBitFlippedOrCutInAnyBlock_IsRefusedAtTheRecordAndChangesNothing(double where)
    {
        var good = Written(Filled(Enumerable.Repeat(5000, 1000)).View);
        var at = (int)(good.Length * where);
        var flipped = (byte[])good.Clone();
        flipped[at] ^= 1;
        var store = new StateStore();

        var flip = Assert.Throws<SnapshotDamagedException>(() => store.Restore(new MemoryStream(flipped)));
        var cut = Assert.Throws<SnapshotDamagedException>(() => store.Restore(new MemoryStream(good, 0, at)));

        Assert.InRange(flip.Offset, at - 5100, at);
        Assert.InRange(cut.Offset, at - 5100, at);
        Assert.Equal(0UL, store.View.Index);
    }

    [Fact]
    public void Restore_SourceThatFails_ThrowsItsOwnError()
    {
        var good = Written(Filled(Enumerable.Repeat(5000, 1000)).View);

        Assert.Throws<IOException>(() => new StateStore().Restore(new SlowStream(good) { FailsAt = 3 * Block }));
    }

    [Fact]
    public void Restore_KeysOutOfOrderOrTwice_IsRefusedWhereTheyAre()
    {
        Assert.Contains("ascend", Refusal(Key("b"), Key("a")).Message, StringComparison.Ordinal);
        Assert.Contains("ascend", Refusal(Key("a"), Key("a")).Message, StringComparison.Ordinal);
        Assert.Equal(SnapshotFormat.HeaderSize + SnapshotFormat.RecordHeaderSize + Key("b").Length, Refusal(Key("b"), Key("a")).Offset);
    }

    [Fact]
    public void Restore_KeyThatIsNoText_IsRefused()
    {
        var key = Key("aa");
        key[4] = 0xFF;

        Assert.Equal(SnapshotFormat.HeaderSize, Refusal(key).Offset);
    }

    [Fact]
    public void Restore_KeyLongerThanItsRecord_IsRefused()
    {
        var key = Key("aa");
        key[0] = 200;

        Assert.Equal(SnapshotFormat.HeaderSize, Refusal(key).Offset);
    }

    private static SnapshotDamagedException Refusal(params byte[][] rows) =>
        Assert.Throws<SnapshotDamagedException>(() => new StateStore().Restore(new MemoryStream(SnapshotOf(rows))));

    /// <summary>With good checksums throughout.</summary>
    private static byte[] SnapshotOf(byte[][] rows)
    {
        var bytes = Written(new StateStore().View)[..SnapshotFormat.HeaderSize].ToList();
        var (crc, end) = (uint.MaxValue, new byte[(8 * SnapshotFormat.Tables) + 4]);
        foreach (var row in rows)
        {
            bytes.AddRange(Record(SnapshotTable.Kv, row));
            crc = SnapshotFormat.Crc(row, crc);
        }

        end[8 * ((int)SnapshotTable.Kv - 1)] = (byte)rows.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(8 * SnapshotFormat.Tables), crc);
        return [.. bytes, .. Record(SnapshotTable.End, end)];
    }

    private static byte[] Record(SnapshotTable table, byte[] payload)
    {
        var header = new byte[SnapshotFormat.RecordHeaderSize];
        header[0] = (byte)table;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(1), payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(5), SnapshotFormat.Crc(payload, SnapshotFormat.Crc(header.AsSpan(0, 5))));
        return [.. header, .. payload];
    }

    private static byte[] Key(string key)
    {
        var form = new RowForm();
        form.Kv(key, new KvRow(Encoding.UTF8.GetBytes("value"), 0, 1, 1));
        return form.Written.ToArray();
    }

    private static StateStore Filled(IEnumerable<int> sizes)
    {
        var store = new StateStore();
        ulong index = 0;
        foreach (var size in sizes)
        {
            var value = new byte[size];
            new Random(size).NextBytes(value);
            store.Apply(++index, CommandCodec.Encode(new KvSet { Key = $"key/é/{index:d9}", Value = value, Flags = index }));
        }

        return store;
    }

    private static byte[] Written(StateView view)
    {
        var stream = new MemoryStream();
        StateStore.WriteSnapshot(view, stream);
        return stream.ToArray();
    }

    private sealed class SlowStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long FailsAt { get; init; } = long.MaxValue;

        public override int Read(Span<byte> buffer) =>
            Position >= FailsAt ? throw new IOException("no disk") : base.Read(buffer[..Math.Min(buffer.Length, 4093)]);
    }
}
