using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Tests.Collections;

public sealed class PersistentMapTests
{
    private static readonly PersistentMap<int, int> None = PersistentMap<int, int>.Empty(Comparer<int>.Default);

    [Fact]
    public void SetAndRemove_RandomSequences_EqualSortedDictionaryAndLeaveOldVersionsUnchanged()
    {
        var operations = Gen.ListOf(Gen.Choose(-400, 400)).Resize(3000).ToArbitrary();

        Prop.ForAll(operations, keys =>
        {
            var map = None;
            var model = new SortedDictionary<int, int>();
            var versions = new List<(PersistentMap<int, int> Map, KeyValuePair<int, int>[] Expected)>();
            foreach (var (at, key) in keys.Index())
            {
                // Two in three add: the tree grows and shrinks through several levels.
                if (at % 3 == 2)
                {
                    map = map.Remove(key);
                    model.Remove(key);
                }
                else
                {
                    map = map.Set(key, at);
                    model[key] = at;
                }

                if (at % 200 == 0)
                {
                    versions.Add((map, [.. model]));
                }
            }

            versions.Add((map, [.. model]));
            return versions.All(v => v.Map.Count == v.Expected.Length && v.Map.SequenceEqual(v.Expected)
                && v.Expected.All(e => v.Map.TryGetValue(e.Key, out var value) && value == e.Value) && !v.Map.ContainsKey(1000));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(3000));
    }

    [Fact]
    public void Remove_EverythingInAnyOrder_EndsEmpty()
    {
        Prop.ForAll(Gen.Shuffle(Enumerable.Range(0, 5000).ToArray()).ToArbitrary(), order =>
        {
            var map = order.Aggregate(None, (m, key) => m.Set(key, key));
            var half = order.Take(2500).Aggregate(map, (m, key) => m.Remove(key));
            var empty = order.Skip(2500).Aggregate(half, (m, key) => m.Remove(key));

            return map.Count == 5000 && half.Select(e => e.Key).SequenceEqual(order.Skip(2500).Order()) && empty.IsEmpty && !empty.GetEnumerator().MoveNext();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10));
    }

    [Fact]
    public void From_AnyBound_YieldsExactlyTheRest()
    {
        var keys = Gen.ListOf(Gen.Choose(0, 2000)).Resize(1500).ToArbitrary();

        Prop.ForAll(keys, Gen.Choose(-1, 2001).ToArbitrary(), (list, bound) =>
        {
            var map = list.Aggregate(None, (m, key) => m.Set(key, key));

            return map.From(bound).Select(e => e.Key).SequenceEqual(list.Distinct().Where(k => k >= bound).Order());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100).WithEndSize(1500));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(1025)]
    [InlineData(40_000)]
    public void FromSorted_AnySize_EqualsSetOneByOne(int count)
    {
        KeyValuePair<int, int>[] items = [.. Enumerable.Range(0, count).Select(i => KeyValuePair.Create(2 * i, i))];

        var built = PersistentMap<int, int>.FromSorted(Comparer<int>.Default, items);
        var set = items.Aggregate(None, (m, e) => m.Set(e.Key, e.Value));

        Assert.Equal(items, built);
        Assert.Equal(items, set);
        Assert.Equal([.. items, KeyValuePair.Create(2 * count, -1)], built.Set(2 * count, -1));
        Assert.Equal(count, built.Remove(1).Count);
    }

    [Fact]
    public void FromSorted_KeysOutOfOrder_IsRefused()
    {
        KeyValuePair<int, int>[] items = [new(1, 0), new(1, 0)];

        Assert.Throws<ArgumentException>(() => PersistentMap<int, int>.FromSorted(Comparer<int>.Default, items));
    }

    [Fact]
    public void Set_CompositeKeys_OrdersByPartsOrdinally()
    {
        CompositeKey[] keys = [new("b", "a"), new("a", "b"), new("a", "B"), new("a", "", "z"), new("A", "z")];

        var map = keys.Aggregate(PersistentMap<CompositeKey, int>.Empty(CompositeKey.Order), (m, key) => m.Set(key, 0));

        Assert.Equal([new("A", "z"), new("a", "", "z"), new("a", "B"), new("a", "b"), new("b", "a")], map.Select(e => e.Key));
    }
}
