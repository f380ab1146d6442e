using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Kv;

/// <summary>
/// Entries and the graves of deleted ones. The newest <see cref="MaxTombstones"/> graves are kept, so that the index of a prefix tells of
/// deletions.
/// </summary>
internal sealed record KvTables
{
    public const int MaxTombstones = 16_384;

    // Before Empty, which uses it.
    public static IComparer<(ulong Index, string Key)> ByAge { get; } = Comparer<(ulong Index, string Key)>.Create(static (a, b) =>
        a.Index != b.Index ? a.Index.CompareTo(b.Index) : string.CompareOrdinal(a.Key, b.Key));

    public static KvTables Empty { get; } = new();

    public PersistentMap<string, KvRow> Entries { get; init; } = PersistentMap<string, KvRow>.Empty(StringComparer.Ordinal);

    /// <summary>Key to the index of its deletion.</summary>
    public PersistentMap<string, ulong> Tombstones { get; init; } = PersistentMap<string, ulong>.Empty(StringComparer.Ordinal);

    /// <summary>The same, the oldest first.</summary>
    public PersistentMap<(ulong Index, string Key), bool> TombstonesByAge { get; init; } =
        PersistentMap<(ulong Index, string Key), bool>.Empty(ByAge);

    /// <summary>The newest deletion whose grave is gone: no prefix's index may be below it, or a deletion could go unseen.</summary>
    public ulong ReapedIndex { get; init; }

    public KvHistory History { get; init; } = KvHistory.Empty;

    public ulong Index { get; init; }
}
