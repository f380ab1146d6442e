using Konsul.Mesh.Model.Kv;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Kv;

/// <summary>The KV store as of one index; keys in ordinal order. Indexes are at least 1.</summary>
public sealed class KvView
{
    private readonly KvTables _tables;

    internal KvView(KvTables tables) => _tables = tables;

    internal KvTables Tables => _tables;

    public int Count => _tables.Entries.Count;

    /// <summary>The table's index: the last change of any key.</summary>
    public ulong Index => Math.Max(_tables.Index, 1);

    public KvEntry? Get(string key) => _tables.Entries.TryGetValue(key, out var row) ? ToEntry(key, row) : null;

    public IEnumerable<KvEntry> List(string prefix) => Under(_tables.Entries, prefix).Select(e => ToEntry(e.Key, e.Value));

    /// <param name="prefix">"" for all.</param>
    /// <param name="separator">Set: keys are cut after the first separator behind the prefix, and each result comes once.</param>
    public IEnumerable<string> Keys(string prefix, string separator = "")
    {
        var last = (string?)null;
        foreach (var (key, _) in Under(_tables.Entries, prefix))
        {
            var cut = separator.Length == 0 ? -1 : key.IndexOf(separator, prefix.Length, StringComparison.Ordinal);
            var name = cut < 0 ? key : key[..(cut + separator.Length)];
            if (name != last)
            {
                yield return name;
                last = name;
            }
        }
    }

    /// <summary>The entry's ModifyIndex; the table's index while it is missing.</summary>
    public ulong EntryIndex(string key) => _tables.Entries.TryGetValue(key, out var row) ? row.ModifyIndex : Index;

    /// <summary>The last change under a prefix, deletions included; the table's index when nothing is or recently was there.</summary>
    public ulong PrefixIndex(string prefix)
    {
        ulong index = 0;
        foreach (var (_, row) in Under(_tables.Entries, prefix))
        {
            index = Math.Max(index, row.ModifyIndex);
        }

        foreach (var (_, deleted) in Under(_tables.Tombstones, prefix))
        {
            index = Math.Max(index, deleted);
        }

        return index == 0 ? Index : Math.Max(index, _tables.ReapedIndex);
    }

    internal static IEnumerable<KeyValuePair<string, T>> Under<T>(PersistentMap<string, T> map, string prefix) =>
        map.From(prefix).TakeWhile(e => e.Key.StartsWith(prefix, StringComparison.Ordinal));

    private static KvEntry ToEntry(string key, KvRow row) => new()
    {
        Key = key,
        Value = row.Value,
        Flags = row.Flags,
        CreateIndex = row.CreateIndex,
        ModifyIndex = row.ModifyIndex,
    };
}
