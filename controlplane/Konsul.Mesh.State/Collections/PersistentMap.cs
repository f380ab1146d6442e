using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.State.Collections;

/// <summary>
/// An immutable sorted map: a B+tree whose updates copy the path from the leaf to the root and share the rest, so that every older version
/// stays readable, unchanged, on any thread. Nodes hold 1 to <see cref="Fanout"/> items in arrays of exactly their size: an entry costs one
/// key and one value slot and a 1/20 to 1/32 share of its leaf. Get, set and remove are O(log n); iteration is in key order.
/// </summary>
internal sealed class PersistentMap<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>
{
    internal const int Fanout = 32;
    private const int MergeBelow = Fanout / 4;

    private readonly IComparer<TKey> _comparer;
    private readonly MapNode<TKey, TValue>? _root;

    internal PersistentMap(IComparer<TKey> comparer, MapNode<TKey, TValue>? root, int count)
    {
        _comparer = comparer;
        _root = root;
        Count = count;
    }

    internal MapNode<TKey, TValue>? Root => _root;

    internal IComparer<TKey> Order => _comparer;

    public int Count { get; }

    public bool IsEmpty => Count == 0;

    public static PersistentMap<TKey, TValue> Empty(IComparer<TKey> comparer) => new(comparer, null, 0);

    /// <summary>A map of entries that are there already; see <see cref="MapBuilder{TKey,TValue}"/>.</summary>
    /// <exception cref="ArgumentException">The keys do not strictly ascend.</exception>
    public static PersistentMap<TKey, TValue> FromSorted(IComparer<TKey> comparer, IEnumerable<KeyValuePair<TKey, TValue>> items)
    {
        var builder = new MapBuilder<TKey, TValue>(comparer);
        foreach (var (key, value) in items)
        {
            builder.Add(key, value);
        }

        return builder.Build();
    }

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var node = _root;
        while (node is not null)
        {
            var at = Array.BinarySearch(node.Keys, key, _comparer);
            if (node.Children is not null)
            {
                var child = at >= 0 ? at : ~at - 1;
                node = child < 0 ? null : node.Children[child];
            }
            else if (at >= 0)
            {
                value = node.Values![at];
                return true;
            }
            else
            {
                break;
            }
        }

        value = default;
        return false;
    }

    public TValue? GetValueOrDefault(TKey key) => TryGetValue(key, out var value) ? value : default;

    public bool ContainsKey(TKey key) => TryGetValue(key, out _);

    public PersistentMap<TKey, TValue> Set(TKey key, TValue value)
    {
        if (_root is null)
        {
            return new(_comparer, new MapNode<TKey, TValue>([key], [value]), 1);
        }

        var (left, right, added) = Set(_root, key, value);
        var root = right is null ? left : new MapNode<TKey, TValue>([left.Keys[0], right.Keys[0]], [left, right]);
        return new(_comparer, root, added ? Count + 1 : Count);
    }

    /// <summary>The map without the key; this very map when it does not hold it.</summary>
    public PersistentMap<TKey, TValue> Remove(TKey key)
    {
        if (!ContainsKey(key))
        {
            return this;
        }

        var root = Remove(_root!, key);
        while (root is { Children: [var only] })
        {
            root = only;
        }

        return new(_comparer, root, Count - 1);
    }

    public MapEnumerator<TKey, TValue> GetEnumerator() => new(_root);

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>All entries with a key that is not less than <paramref name="lower"/>, in order.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> From(TKey lower)
    {
        using var entries = new MapEnumerator<TKey, TValue>(_root, lower, _comparer);
        while (entries.MoveNext())
        {
            yield return entries.Current;
        }
    }

    private (MapNode<TKey, TValue> Left, MapNode<TKey, TValue>? Right, bool Added) Set(MapNode<TKey, TValue> node, TKey key, TValue value)
    {
        var at = Array.BinarySearch(node.Keys, key, _comparer);
        if (node.Children is null)
        {
            if (at >= 0)
            {
                return (new(node.Keys, Edits.Replace(node.Values!, at, value)), null, false);
            }

            var (leaf, overflow) = Split(new(Edits.Insert(node.Keys, ~at, key), Edits.Insert(node.Values!, ~at, value)), ~at);
            return (leaf, overflow, true);
        }

        var slot = Math.Max(at >= 0 ? at : ~at - 1, 0);
        var (left, right, added) = Set(node.Children[slot], key, value);
        var keys = _comparer.Compare(left.Keys[0], node.Keys[slot]) == 0 ? node.Keys : Edits.Replace(node.Keys, slot, left.Keys[0]);
        var children = Edits.Replace(node.Children, slot, left);
        if (right is null)
        {
            return (new(keys, children), null, added);
        }

        var (branch, more) = Split(new(Edits.Insert(keys, slot + 1, right.Keys[0]), Edits.Insert(children, slot + 1, right)), slot + 1);
        return (branch, more, added);
    }

    /// <summary>An overfull node is cut in the middle, or before its last item when that was just appended: ascending loads leave full nodes.</summary>
    private static (MapNode<TKey, TValue> Left, MapNode<TKey, TValue>? Right) Split(MapNode<TKey, TValue> node, int inserted)
    {
        if (node.Keys.Length <= Fanout)
        {
            return (node, null);
        }

        var cut = inserted == node.Keys.Length - 1 ? inserted : node.Keys.Length / 2;
        return (node.Slice(0, cut), node.Slice(cut, node.Keys.Length));
    }

    private MapNode<TKey, TValue>? Remove(MapNode<TKey, TValue> node, TKey key)
    {
        var at = Array.BinarySearch(node.Keys, key, _comparer);
        if (node.Children is null)
        {
            return node.Keys.Length == 1 ? null : new(Edits.RemoveAt(node.Keys, at), Edits.RemoveAt(node.Values!, at));
        }

        var slot = at >= 0 ? at : ~at - 1;
        var child = Remove(node.Children[slot], key);
        if (child is null)
        {
            return node.Keys.Length == 1 ? null : new(Edits.RemoveAt(node.Keys, slot), Edits.RemoveAt(node.Children, slot));
        }

        var (keys, children) = (Edits.Replace(node.Keys, slot, child.Keys[0]), Edits.Replace(node.Children, slot, child));
        if (child.Keys.Length >= MergeBelow || children.Length == 1)
        {
            return new(keys, children);
        }

        var left = slot > 0 ? slot - 1 : slot;
        if (children[left].Keys.Length + children[left + 1].Keys.Length > Fanout)
        {
            return new(keys, children);
        }

        var merged = MapNode<TKey, TValue>.Join(children[left], children[left + 1]);
        return new(Edits.RemoveAt(keys, left + 1), Edits.RemoveAt(Edits.Replace(children, left, merged), left + 1));
    }
}
