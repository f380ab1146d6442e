namespace Konsul.Mesh.State.Collections;

/// <summary>Builds a <see cref="PersistentMap{TKey,TValue}"/> of entries that come in the order of their keys: full leaves, bottom up, nothing copied.</summary>
internal sealed class MapBuilder<TKey, TValue>(IComparer<TKey> order)
{
    private const int Fanout = PersistentMap<TKey, TValue>.Fanout;
    private readonly List<MapNode<TKey, TValue>> _leaves = [];
    private TKey[] _keys = [];
    private TValue[] _values = [];

    /// <summary>Of <see cref="_keys"/>, how many are set.</summary>
    private int _filled;
    private int _count;

    /// <exception cref="ArgumentException">The key is not above the one before it; the builder is of no more use.</exception>
    public void Add(TKey key, TValue value)
    {
        if (_filled > 0 && order.Compare(_keys[_filled - 1], key) >= 0)
        {
            throw new ArgumentException($"The keys at {_count - 1} and {_count} do not ascend.", nameof(key));
        }

        if (_filled == _keys.Length)
        {
            Close();
            (_keys, _values, _filled) = (new TKey[Fanout], new TValue[Fanout], 0);
        }

        (_keys[_filled], _values[_filled]) = (key, value);
        _filled++;
        _count++;
    }

    /// <summary>Once, at the end.</summary>
    public PersistentMap<TKey, TValue> Build()
    {
        (_keys, _values) = (_keys[.._filled], _values[.._filled]);
        Close();
        IReadOnlyList<MapNode<TKey, TValue>> level = _leaves;
        while (level.Count > 1)
        {
            level = [.. level.Chunk(Fanout).Select(children => new MapNode<TKey, TValue>(Array.ConvertAll(children, c => c.Keys[0]), children))];
        }

        return new PersistentMap<TKey, TValue>(order, level.Count == 0 ? null : level[0], _count);
    }

    private void Close()
    {
        if (_filled > 0)
        {
            _leaves.Add(new MapNode<TKey, TValue>(_keys, _values));
        }
    }
}
