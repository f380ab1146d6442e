using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Kv;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Kv;

/// <summary>
/// The KV store as of one index; keys in ordinal order. Keys and prefixes that are asked for come with their namespace
/// (<see cref="NamespacedKey"/>), answers show the plain ones. Indexes are at least 1.
/// </summary>
public sealed class KvView
{
    private readonly KvTables _tables;

    internal KvView(KvTables tables) => _tables = tables;

    internal KvTables Tables => _tables;

    /// <summary>Keys of all namespaces.</summary>
    public int Count => _tables.Entries.Count;

    /// <summary>The table's index: the last change of any key.</summary>
    public ulong Index => Math.Max(_tables.Index, 1);

    /// <summary>What the former values that are kept take, bytes.</summary>
    public long HistoryBytes => _tables.History.Bytes;

    public KvEntry? Get(string key) => _tables.Entries.TryGetValue(key, out var row) ? ToEntry(key, row) : null;

    public IEnumerable<KvEntry> List(string prefix) => Under(_tables.Entries, prefix).Select(e => ToEntry(e.Key, e.Value));

    /// <param name="prefix">"" for all of the default namespace.</param>
    /// <param name="separator">Set: keys are cut after the first separator behind the prefix, and each result comes once.</param>
    public IEnumerable<string> Keys(string prefix, string separator = "")
    {
        var head = NamespacedKey.HeadLength(prefix);
        var last = (string?)null;
        foreach (var (key, _) in Under(_tables.Entries, prefix))
        {
            var cut = separator.Length == 0 ? -1 : key.IndexOf(separator, prefix.Length, StringComparison.Ordinal);
            var name = cut < 0 ? key[head..] : key[head..(cut + separator.Length)];
            if (name != last)
            {
                yield return name;
                last = name;
            }
        }
    }

    /// <summary>The values that a key has had, as far as they are kept, the newest first; the present one too.</summary>
    public IEnumerable<KvVersion> Versions(string key)
    {
        var past = _tables.History.Of(key).ToArray().Reverse().Select(p => new KvVersion(p.Version, p.Value, p.Flags, p.ModifyIndex, p.ReplacedIndex));
        return _tables.Entries.TryGetValue(key, out var row)
            ? past.Prepend(new KvVersion(row.Version, row.Value, row.Flags, row.ModifyIndex, 0))
            : past;
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
        map.From(NamespacedKey.Start(prefix)).TakeWhile(e => NamespacedKey.IsUnder(e.Key, prefix));

    internal static KvEntry ToEntry(string key, KvRow row)
    {
        var (ns, name) = NamespacedKey.Split(key);
        return new KvEntry
        {
            Key = name,
            Namespace = ns,
            Value = row.Value,
            Flags = row.Flags,
            LockIndex = row.Hold?.LockIndex ?? 0,
            Session = row.Session,
            Ttl = row.Hold?.Ttl ?? TimeSpan.Zero,
            Version = row.Version,
            CreateIndex = row.CreateIndex,
            ModifyIndex = row.ModifyIndex,
        };
    }
}
