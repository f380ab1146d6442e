namespace Konsul.Mesh.State.Kv;

/// <summary>The graves of deleted keys; of too many the oldest is given up.</summary>
internal static class KvGraves
{
    public static KvTables Bury(KvTables kv, string key, ulong index)
    {
        kv = kv with { Tombstones = kv.Tombstones.Set(key, index), TombstonesByAge = kv.TombstonesByAge.Set((index, key), true) };
        if (kv.Tombstones.Count <= KvTables.MaxTombstones)
        {
            return kv;
        }

        var oldest = kv.TombstonesByAge.First().Key;
        return Unbury(kv, oldest.Key) with { ReapedIndex = Math.Max(kv.ReapedIndex, oldest.Index) };
    }

    public static KvTables Unbury(KvTables kv, string key) => kv.Tombstones.TryGetValue(key, out var index)
        ? kv with { Tombstones = kv.Tombstones.Remove(key), TombstonesByAge = kv.TombstonesByAge.Remove((index, key)) }
        : kv;
}
