using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>
/// Values by name and type, read without locks and without allocation. Bounded by the sum of costs: when the young half is full, the old half
/// is forgotten and the young one becomes old; what is read from the old half is young again. A flood of names that nobody asks for twice
/// cannot drive out those that are asked for all the time.
/// </summary>
internal sealed class BoundedCache<TValue>(int capacity)
    where TValue : class
{
    private sealed record Entry(TValue Value, int Cost);

    private sealed class Half
    {
        public ConcurrentDictionary<byte[], Entry> Values { get; } = new(KeyOrder.Instance);

        public int Cost;
    }

    private readonly int _half = Math.Max(capacity / 2, 1);
    private readonly Lock _turning = new();
    private volatile Half _young = new();
    private volatile Half _old = new();

    /// <summary>Values that are kept now.</summary>
    public int Count => _young.Values.Count + _old.Values.Count;

    public bool TryGet(ReadOnlySpan<byte> key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.Values.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var entry))
        {
            value = entry.Value;
            return true;
        }

        if (_old.Values.GetAlternateLookup<ReadOnlySpan<byte>>().TryRemove(key, out _, out entry))
        {
            Set(key, entry.Value, entry.Cost);
            value = entry.Value;
            return true;
        }

        value = null;
        return false;
    }

    public void Set(ReadOnlySpan<byte> key, TValue value, int cost)
    {
        // What would fill a half alone is not worth it.
        if (cost > _half)
            return;
        var young = _young;
        if (Interlocked.Add(ref young.Cost, cost) > _half)
            young = Turn(young, cost);
        young.Values.GetAlternateLookup<ReadOnlySpan<byte>>()[key] = new Entry(value, cost);
    }

    private Half Turn(Half full, int cost)
    {
        lock (_turning)
        {
            if (ReferenceEquals(full, _young))
            {
                _old = full;
                _young = new Half();
            }

            var young = _young;
            Interlocked.Add(ref young.Cost, cost);
            return young;
        }
    }

    private sealed class KeyOrder : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static KeyOrder Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        /// <summary>Seeded per process: nobody can send names that all collide.</summary>
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
