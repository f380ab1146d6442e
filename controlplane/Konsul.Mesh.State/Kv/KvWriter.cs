using System.Runtime.InteropServices;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Sessions;

namespace Konsul.Mesh.State.Kv;

/// <summary>Every change of a key: keeps entries, graves, history, deadlines and what sessions hold in step.</summary>
internal sealed class KvWriter(StateDraft draft)
{
    private KvTables Tables
    {
        get => draft.Kv;
        set => draft.Kv = value;
    }

    public KvRow? Find(string key) => Tables.Entries.TryGetValue(key, out var row) ? row : null;

    /// <summary>Writing what is already there changes nothing, unless a life begins anew.</summary>
    public KvRow Put(string key, ReadOnlyMemory<byte> value, ulong flags, KvHold? hold)
    {
        var old = Find(key);
        var sameValue = old is not null && old.Flags == flags && value.Span.SequenceEqual(old.Value);
        if (sameValue && old!.Hold == hold && hold is not { Ttl.Ticks: > 0 })
        {
            return old;
        }

        var row = old is null
            ? new KvRow(Own(value), flags, draft.Index, draft.Index, Tables.History.Last(key) + 1, hold)
            : new KvRow(sameValue ? old.Value : Own(value), flags, old.CreateIndex, draft.Index, sameValue ? old.Version : old.Version + 1, hold);
        if (old is not null && !sameValue)
        {
            Remember(key, old);
        }

        Tables = KvGraves.Unbury(Tables, key) with { Entries = Tables.Entries.Set(key, row), Index = draft.Index };
        Follow(key, old?.Hold, hold);
        draft.Topics.Add(Topic.KvKey(key));
        return row;
    }

    /// <summary>The value stays, the lock is free.</summary>
    public void Release(string key)
    {
        if (Find(key) is { } row)
        {
            Put(key, row.Value, row.Flags, KvHold.Of(row.Hold?.LockIndex ?? 0, "", row.Hold?.Ttl ?? default));
        }
    }

    /// <summary>One that does not exist is no error.</summary>
    public void Remove(string key)
    {
        if (Find(key) is not { } row)
        {
            return;
        }

        Remember(key, row);
        Tables = KvGraves.Bury(Tables, key, draft.Index) with { Entries = Tables.Entries.Remove(key), Index = draft.Index };
        Follow(key, row.Hold, null);
        draft.Topics.Add(Topic.KvKey(key));
    }

    /// <summary>For keys that are taken out of the entries together.</summary>
    public void Forget(string key, KvRow row, bool remember)
    {
        if (remember)
        {
            Remember(key, row);
        }

        Follow(key, row.Hold, null);
    }

    /// <summary>A decoded command has an array of its own.</summary>
    private static byte[] Own(ReadOnlyMemory<byte> value) =>
        MemoryMarshal.TryGetArray(value, out var own) && own.Array!.Length == own.Count ? own.Array : value.ToArray();

    /// <summary>A value that nobody could have read, being written and replaced by one transaction, is not kept.</summary>
    private void Remember(string key, KvRow row)
    {
        if (row.ModifyIndex != draft.Index)
        {
            Tables = Tables with { History = Tables.History.Add(key, row, draft.Index) };
        }
    }

    private void Follow(string key, KvHold? old, KvHold? now)
    {
        var (before, after) = (old?.Session ?? "", now?.Session ?? "");
        if (before != after)
        {
            var held = draft.Sessions.Held;
            held = before.Length == 0 ? held : held.Remove(SessionTables.Holding(key, before));
            held = after.Length == 0 ? held : held.Set(SessionTables.Holding(key, after), true);
            draft.Sessions = draft.Sessions with { Held = held };
        }

        if (now is { Ttl.Ticks: > 0 })
        {
            DeadlineTable.Set(draft, DeadlineKind.Key, key, now.Ttl);
        }
        else if (old is { Ttl.Ticks: > 0 })
        {
            DeadlineTable.Remove(draft, DeadlineKind.Key, key);
        }
    }
}
