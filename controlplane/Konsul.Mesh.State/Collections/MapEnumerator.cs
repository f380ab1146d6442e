using System.Collections;

namespace Konsul.Mesh.State.Collections;

/// <summary>Walks one version of a map in key order; keeps the branches above the current leaf.</summary>
internal struct MapEnumerator<TKey, TValue> : IEnumerator<KeyValuePair<TKey, TValue>>
{
    private readonly Stack<(MapNode<TKey, TValue> Branch, int Slot)> _above;
    private MapNode<TKey, TValue>? _leaf;
    private int _at;

    internal MapEnumerator(MapNode<TKey, TValue>? root)
    {
        _above = new();
        _at = -1;
        Descend(root);
    }

    internal MapEnumerator(MapNode<TKey, TValue>? root, TKey lower, IComparer<TKey> comparer)
    {
        _above = new();
        var node = root;
        while (node?.Children is { } children)
        {
            var at = Array.BinarySearch(node.Keys, lower, comparer);
            var slot = Math.Max(at >= 0 ? at : ~at - 1, 0);
            _above.Push((node, slot));
            node = children[slot];
        }

        _leaf = node;
        if (node is not null)
        {
            var at = Array.BinarySearch(node.Keys, lower, comparer);
            _at = (at >= 0 ? at : ~at) - 1;
        }
    }

    public readonly KeyValuePair<TKey, TValue> Current => new(_leaf!.Keys[_at], _leaf.Values![_at]);

    readonly object IEnumerator.Current => Current;

    public bool MoveNext()
    {
        if (_leaf is null)
        {
            return false;
        }

        if (++_at < _leaf.Keys.Length)
        {
            return true;
        }

        while (_above.TryPop(out var above))
        {
            if (above.Slot + 1 < above.Branch.Keys.Length)
            {
                _above.Push((above.Branch, above.Slot + 1));
                Descend(above.Branch.Children![above.Slot + 1]);
                _at = 0;
                return true;
            }
        }

        _leaf = null;
        return false;
    }

    public readonly void Reset() => throw new NotSupportedException("Enumerate the map again.");

    public readonly void Dispose()
    {
    }

    private void Descend(MapNode<TKey, TValue>? node)
    {
        while (node?.Children is { } children)
        {
            _above.Push((node, 0));
            node = children[0];
        }

        _leaf = node;
    }
}
