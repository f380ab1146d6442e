using System.Runtime.InteropServices;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.State.Kv;

/// <summary>What the KV commands mean.</summary>
internal static class KvCommands
{
    public static ApplyResult Apply(StateDraft draft, KvSet command)
    {
        if (string.IsNullOrEmpty(command.Key))
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "The key must not be empty.");
        }

        var kv = draft.Kv;
        kv.Entries.TryGetValue(command.Key, out var old);
        if (command.Cas is { } cas && cas != (old?.ModifyIndex ?? 0))
        {
            return new ApplyResult { CasHeld = false };
        }

        if (old is not null && old.Flags == command.Flags && command.Value.Span.SequenceEqual(old.Value))
        {
            return new ApplyResult();
        }

        // A decoded command has an array of its own.
        var value = MemoryMarshal.TryGetArray(command.Value, out var own) && own.Array!.Length == own.Count ? own.Array : command.Value.ToArray();
        var row = new KvRow(value, command.Flags, old?.CreateIndex ?? draft.Index, draft.Index);
        draft.Kv = Unbury(kv, command.Key) with { Entries = kv.Entries.Set(command.Key, row), Index = draft.Index };
        draft.Topics.Add(Topic.KvKey(command.Key));
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, KvDelete command)
    {
        if (command.Recurse)
        {
            return command.Cas is null
                ? DeleteTree(draft, command.Key)
                : ApplyResult.Fail(ApplyFailure.Invalid, "A recursive delete takes no CAS index.");
        }

        var kv = draft.Kv;
        kv.Entries.TryGetValue(command.Key, out var old);
        if (command.Cas is { } cas && cas != (old?.ModifyIndex ?? 0))
        {
            return new ApplyResult { CasHeld = false };
        }

        if (old is not null)
        {
            draft.Kv = Bury(kv, command.Key, draft.Index) with { Entries = kv.Entries.Remove(command.Key), Index = draft.Index };
            draft.Topics.Add(Topic.KvKey(command.Key));
        }

        return new ApplyResult();
    }

    private static ApplyResult DeleteTree(StateDraft draft, string prefix)
    {
        var doomed = KvView.Under(draft.Kv.Entries, prefix).Select(e => e.Key).ToList();
        if (doomed.Count == 0)
        {
            return new ApplyResult();
        }

        var kv = draft.Kv;
        var entries = kv.Entries;
        if (doomed.Count > entries.Count / 4)
        {
            // Building the rest anew is cheaper than copying a path for each key.
            entries = Collections.PersistentMap<string, KvRow>.FromSorted(
                StringComparer.Ordinal, [.. entries.Where(e => !e.Key.StartsWith(prefix, StringComparison.Ordinal))]);
        }
        else
        {
            entries = doomed.Aggregate(entries, (map, key) => map.Remove(key));
        }

        if (doomed.Count > KvTables.MaxTombstones)
        {
            kv = kv with { ReapedIndex = draft.Index };
        }

        kv = doomed.Take(KvTables.MaxTombstones).Aggregate(kv, (tables, key) => Bury(tables, key, draft.Index));
        draft.Kv = kv with { Entries = entries, Index = draft.Index };
        draft.Topics.UnionWith(doomed.Select(Topic.KvKey));
        return new ApplyResult();
    }

    private static KvTables Bury(KvTables kv, string key, ulong index)
    {
        kv = kv with { Tombstones = kv.Tombstones.Set(key, index), TombstonesByAge = kv.TombstonesByAge.Set((index, key), true) };
        if (kv.Tombstones.Count <= KvTables.MaxTombstones)
        {
            return kv;
        }

        var oldest = kv.TombstonesByAge.First().Key;
        return Unbury(kv, oldest.Key) with { ReapedIndex = Math.Max(kv.ReapedIndex, oldest.Index) };
    }

    private static KvTables Unbury(KvTables kv, string key) => kv.Tombstones.TryGetValue(key, out var index)
        ? kv with { Tombstones = kv.Tombstones.Remove(key), TombstonesByAge = kv.TombstonesByAge.Remove((index, key)) }
        : kv;
}
