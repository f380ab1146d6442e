namespace Konsul.Mesh.State.Collections;

/// <summary>
/// A node of a <see cref="PersistentMap{TKey,TValue}"/>; never changed after construction. A leaf has values, a branch has children.
/// Invariants: keys strictly ascend; never empty; in a branch <c>Keys[i]</c> is the lowest key below <c>Children[i]</c>; all leaves lie equally deep.
/// </summary>
internal sealed class MapNode<TKey, TValue>
{
    public readonly TKey[] Keys;

    /// <summary><c>TValue[]</c> in a leaf, <c>MapNode[]</c> in a branch: one field, because there is a node for every 20 to 32 entries.</summary>
    private readonly Array _items;

    public MapNode(TKey[] keys, TValue[] values) => (Keys, _items) = (keys, values);

    public MapNode(TKey[] keys, MapNode<TKey, TValue>[] children) => (Keys, _items) = (keys, children);

    public TValue[]? Values => _items as TValue[];

    public MapNode<TKey, TValue>[]? Children => _items as MapNode<TKey, TValue>[];

    public static MapNode<TKey, TValue> Join(MapNode<TKey, TValue> left, MapNode<TKey, TValue> right) => left.Children is { } children
        ? new([.. left.Keys, .. right.Keys], [.. children, .. right.Children!])
        : new([.. left.Keys, .. right.Keys], [.. left.Values!, .. right.Values!]);

    public MapNode<TKey, TValue> Slice(int from, int to) => Children is { } children
        ? new(Keys[from..to], children[from..to])
        : new(Keys[from..to], Values![from..to]);
}
