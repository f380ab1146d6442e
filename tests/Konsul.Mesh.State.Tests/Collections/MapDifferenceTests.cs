using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Tests.Collections;

public sealed class MapDifferenceTests
{
    private static readonly PersistentMap<int, string> None = PersistentMap<int, string>.Empty(Comparer<int>.Default);

    [Fact]
    public void Visit_AnyTwoVersions_FindsExactlyWhatDiffers()
    {
        var keys = Gen.ListOf(Gen.Choose(-500, 500)).Resize(4000);
        Prop.ForAll(Gen.Zip(keys, keys).ToArbitrary(), sequences =>
        {
            var before = Changed(None, sequences.Item1);
            var after = Changed(before, sequences.Item2);

            return Finds(before, after) && Finds(after, before) && Finds(None, after) && Finds(after, None) && Finds(before, before);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(4000));
    }

    [Fact]
    public void Visit_NextVersionOfALargeMap_LooksAtOnePath()
    {
        var items = Enumerable.Range(0, 200_000).Select(i => new KeyValuePair<int, string>(i, $"{i}")).ToList();
        var counting = new CountingOrder();
        var before = PersistentMap<int, string>.FromSorted(counting, items);
        var after = before.Set(123_456, "new");
        counting.Compared = 0;

        var (gone, added) = Difference(before, after);

        Assert.Equal([(123_456, "123456")], gone);
        Assert.Equal([(123_456, "new")], added);
        Assert.InRange(counting.Compared, 1, 200);
    }

    private static PersistentMap<int, string> Changed(PersistentMap<int, string> map, IEnumerable<int> keys) =>
        keys.Index().Aggregate(map, (m, k) => k.Index % 3 == 2 ? m.Remove(k.Item) : m.Set(k.Item, $"{k.Index}"));

    private static bool Finds(PersistentMap<int, string> before, PersistentMap<int, string> after)
    {
        var (gone, added) = Difference(before, after);
        var (old, now) = (before.ToDictionary(), after.ToDictionary());
        return gone.SequenceEqual(old.Where(e => !now.TryGetValue(e.Key, out var v) || !ReferenceEquals(v, e.Value)).Select(e => (e.Key, e.Value)))
            && added.SequenceEqual(now.Where(e => !old.TryGetValue(e.Key, out var v) || !ReferenceEquals(v, e.Value)).Select(e => (e.Key, e.Value)));
    }

    private static (List<(int, string)> Gone, List<(int, string)> Added) Difference(PersistentMap<int, string> before, PersistentMap<int, string> after)
    {
        var (gone, added) = (new List<(int, string)>(), new List<(int, string)>());
        MapDifference.Visit(before, after, 0, (_, key, value) => gone.Add((key, value)), (_, key, value) => added.Add((key, value)));
        return (gone, added);
    }

    private sealed class CountingOrder : IComparer<int>
    {
        public int Compared { get; set; }

        public int Compare(int x, int y)
        {
            Compared++;
            return x.CompareTo(y);
        }
    }
}
