namespace Konsul.Mesh.State.Collections;

/// <summary>
/// What differs between two versions of a map. Subtrees that both share are passed over unseen, so between a version and the next it costs the
/// path that was copied, not the size of the map. Values are the same when they are the same object, or equal if they are plain values.
/// </summary>
internal static class MapDifference
{
    /// <param name="before">One version.</param>
    /// <param name="after">Another one, with the same order of keys.</param>
    /// <param name="state">Passed on.</param>
    /// <param name="gone">Called for what only <paramref name="before"/> holds; a replaced value is gone, and its successor added.</param>
    /// <param name="added">Called for what only <paramref name="after"/> holds.</param>
    public static void Visit<TKey, TValue, TState>(
        PersistentMap<TKey, TValue> before, PersistentMap<TKey, TValue> after, TState state,
        Action<TState, TKey, TValue> gone, Action<TState, TKey, TValue> added)
    {
        if (ReferenceEquals(before.Root, after.Root))
        {
            return;
        }

        var (a, b) = (before.Root, after.Root);
        while (a?.Children is { } left && b?.Children is { } right && OnlyDifference(left, right) is >= 0 and var at)
        {
            (a, b) = (left[at], right[at]);
        }

        var (old, now) = (Side<TKey, TValue>.Of(a), Side<TKey, TValue>.Of(b));
        while (true)
        {
            if (old.Depth == now.Depth)
            {
                (old, now) = Unshared(old, now, before.Order);
            }

            if (old.Depth <= 1 && now.Depth <= 1)
            {
                break;
            }

            // The higher tree goes down first, until both stand equally deep.
            var (goOld, goNow) = (old.Depth >= now.Depth, now.Depth >= old.Depth);
            (old, now) = (goOld ? old.Down() : old, goNow ? now.Down() : now);
        }

        Merge(old.Entries(), now.Entries(), before.Order, state, gone, added);
    }

    /// <summary>Where two branches differ; -1 if that is not one place. What one command changes mostly is.</summary>
    private static int OnlyDifference<TNode>(TNode[] left, TNode[] right)
        where TNode : class
    {
        if (left.Length != right.Length)
        {
            return -1;
        }

        var found = -1;
        for (var i = 0; i < left.Length; i++)
        {
            if (!ReferenceEquals(left[i], right[i]))
            {
                if (found >= 0)
                {
                    return -1;
                }

                found = i;
            }
        }

        return found;
    }

    private static (Side<TKey, TValue> Old, Side<TKey, TValue> Now) Unshared<TKey, TValue>(
        Side<TKey, TValue> old, Side<TKey, TValue> now, IComparer<TKey> order)
    {
        // A node that both hold has the same lowest key in both, so it is met at the same time.
        var (a, b, i, j) = (new List<MapNode<TKey, TValue>>(), new List<MapNode<TKey, TValue>>(), 0, 0);
        while (i < old.Nodes.Count && j < now.Nodes.Count)
        {
            var (left, right) = (old.Nodes[i], now.Nodes[j]);
            if (ReferenceEquals(left, right))
            {
                (i, j) = (i + 1, j + 1);
                continue;
            }

            var compared = order.Compare(left.Keys[0], right.Keys[0]);
            if (compared <= 0)
            {
                a.Add(left);
                i++;
            }

            if (compared >= 0)
            {
                b.Add(right);
                j++;
            }
        }

        a.AddRange(old.Nodes[i..]);
        b.AddRange(now.Nodes[j..]);
        return (old with { Nodes = a }, now with { Nodes = b });
    }

    private static void Merge<TKey, TValue, TState>(
        (TKey[] Keys, TValue[] Values) old, (TKey[] Keys, TValue[] Values) now, IComparer<TKey> order, TState state,
        Action<TState, TKey, TValue> gone, Action<TState, TKey, TValue> added)
    {
        var (i, j) = (0, 0);
        while (i < old.Keys.Length || j < now.Keys.Length)
        {
            var compared = i == old.Keys.Length ? 1 : j == now.Keys.Length ? -1 : order.Compare(old.Keys[i], now.Keys[j]);
            if (compared != 0 || !Same(old.Values[i], now.Values[j]))
            {
                if (compared <= 0)
                {
                    gone(state, old.Keys[i], old.Values[i]);
                }

                if (compared >= 0)
                {
                    added(state, now.Keys[j], now.Values[j]);
                }
            }

            (i, j) = (compared <= 0 ? i + 1 : i, compared >= 0 ? j + 1 : j);
        }
    }

    private static bool Same<TValue>(TValue a, TValue b) =>
        typeof(TValue).IsValueType ? EqualityComparer<TValue>.Default.Equals(a, b) : ReferenceEquals(a, b);

    /// <param name="Nodes">What is left to look at of one level, in order.</param>
    /// <param name="Depth">Of those nodes: 1 for leaves, 0 for an empty map.</param>
    private readonly record struct Side<TKey, TValue>(List<MapNode<TKey, TValue>> Nodes, int Depth)
    {
        public static Side<TKey, TValue> Of(MapNode<TKey, TValue>? root)
        {
            var depth = 0;
            for (var node = root; node is not null; node = node.Children?[0])
            {
                depth++;
            }

            return new(root is null ? [] : [root], depth);
        }

        public Side<TKey, TValue> Down() => new([.. Nodes.SelectMany(n => n.Children!)], Depth - 1);

        public (TKey[] Keys, TValue[] Values) Entries() => Nodes switch
        {
            [var leaf] => (leaf.Keys, leaf.Values!),
            _ => ([.. Nodes.SelectMany(n => n.Keys)], [.. Nodes.SelectMany(n => n.Values!)]),
        };
    }
}
