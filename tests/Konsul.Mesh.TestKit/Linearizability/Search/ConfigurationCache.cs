using System.Runtime.CompilerServices;

namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// The configurations (operations in the order so far, state) that a search has been at: a chained hash table over flat arrays, so that an
/// entry costs no object of its own.
/// </summary>
internal sealed class ConfigurationCache<TState>(IEqualityComparer<TState> states, Func<TState, int> sizeOf, CacheBudget budget)
{
    private const int FirstSize = 256;

    private int[] _buckets = new int[1];
    private Entry[] _entries = [];
    private ulong[] _keys = [];
    private int _count;
    private int _keysUsed;
    private long _taken;

    /// <summary>Remembers a configuration.</summary>
    public Addition TryAdd(LinearizedSet set, TState state)
    {
        var hash = set.Hash ^ LinearizedSet.Mix(state is null ? 0UL : (uint)states.GetHashCode(state));
        for (var at = _buckets[Bucket(hash)] - 1; at >= 0; at = _entries[at].Next)
        {
            ref var seen = ref _entries[at];
            if (seen.Hash == hash
                && set.KeyEquals(seen.FirstOpenWord, _keys.AsSpan(seen.KeyStart, seen.KeyLength))
                && states.Equals(seen.State, state))
            {
                return Addition.AlreadyThere;
            }
        }

        var length = set.KeyLength;
        if (!TryTake(sizeOf(state)) || !TryReserve(length))
        {
            return Addition.OutOfMemory;
        }

        set.CopyKey(_keys.AsSpan(_keysUsed, length));
        ref var bucket = ref _buckets[Bucket(hash)];
        _entries[_count] = new Entry(hash, state, bucket - 1, set.FirstOpenWord, _keysUsed, length);
        _keysUsed += length;
        bucket = ++_count;
        return Addition.Added;
    }

    /// <summary>Forgets everything and gives its memory back.</summary>
    public void Clear()
    {
        budget.GiveBack(_taken);
        (_taken, _count, _keysUsed) = (0, 0, 0);
        (_buckets, _entries, _keys) = (new int[1], [], []);
    }

    private uint Bucket(ulong hash) => (uint)hash & (uint)(_buckets.Length - 1);

    private bool TryTake(long bytes)
    {
        var taken = budget.TryTake(bytes);
        _taken += taken ? bytes : 0;
        return taken;
    }

    /// <summary>Makes room for one more entry. The arrays double, and what they grow by is taken from the budget.</summary>
    private bool TryReserve(int keyLength)
    {
        if (_keys.Length - _keysUsed < keyLength)
        {
            var size = Math.Max(Math.Max(FirstSize, _keys.Length * 2L), _keys.Length + (long)keyLength);
            if (size > Array.MaxLength || !TryTake((size - _keys.Length) * sizeof(ulong)))
            {
                return false;
            }

            Array.Resize(ref _keys, (int)size);
        }

        return _count < _entries.Length || TryGrowEntries();
    }

    private bool TryGrowEntries()
    {
        var size = Math.Max(FirstSize, _entries.Length * 2L);
        if (size > Array.MaxLength || !TryTake((size - _entries.Length) * (Unsafe.SizeOf<Entry>() + sizeof(int))))
        {
            return false;
        }

        Array.Resize(ref _entries, (int)size);
        _buckets = new int[size];
        for (var at = 0; at < _count; at++)
        {
            ref var bucket = ref _buckets[Bucket(_entries[at].Hash)];
            _entries[at].Next = bucket - 1;
            bucket = at + 1;
        }

        return true;
    }

    private struct Entry(ulong hash, TState state, int next, int firstOpenWord, int keyStart, int keyLength)
    {
        public readonly ulong Hash = hash;
        public readonly TState State = state;
        public readonly int FirstOpenWord = firstOpenWord;
        public readonly int KeyStart = keyStart;
        public readonly int KeyLength = keyLength;
        public int Next = next;
    }
}
