using Konsul.Mesh.Model;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.State.Kv;

/// <summary>What the KV commands mean.</summary>
internal static class KvCommands
{
    /// <summary>Of a tree that is deleted at once, so many keys at most keep their last value in the history.</summary>
    public const int MaxRemembered = 4096;

    private static readonly ApplyResult Lost = new() { CasHeld = false };

    public static ApplyResult Apply(StateDraft draft, KvSet command)
    {
        if (Wrong(command.Key) is { } wrong)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, wrong);
        }

        if (command.Ttl < TimeSpan.Zero)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "The TTL must not be negative.");
        }

        var writer = new KvWriter(draft);
        var old = writer.Find(command.Key);
        if (command.Cas is { } cas && cas != (old?.ModifyIndex ?? 0))
        {
            return Lost;
        }

        writer.Put(command.Key, command.Value, command.Flags, KvHold.Of(old?.Hold?.LockIndex ?? 0, old?.Session ?? "", command.Ttl));
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, KvLock command)
    {
        if (Wrong(command.Key) is { } wrong)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, wrong);
        }

        if (command.Session.Length == 0)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "missing session");
        }

        if (!draft.Sessions.Sessions.ContainsKey(NamespacedKey.Of(NamespacedKey.Split(command.Key).Namespace, command.Session)))
        {
            // Consul's words: clients look at how they begin.
            return ApplyResult.Fail(ApplyFailure.Invalid, $"invalid session \"{command.Session}\"");
        }

        var writer = new KvWriter(draft);
        var old = writer.Find(command.Key);
        var held = old?.Session ?? "";
        if (held != command.Session && (held.Length > 0 || draft.Deadlines.Find(DeadlineKind.LockDelay, command.Key) is not null))
        {
            return Lost;
        }

        var lockIndex = (old?.Hold?.LockIndex ?? 0) + (held == command.Session ? 0UL : 1);
        writer.Put(command.Key, command.Value, command.Flags, KvHold.Of(lockIndex, command.Session, old?.Hold?.Ttl ?? default));
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, KvUnlock command)
    {
        if (Wrong(command.Key) is { } wrong)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, wrong);
        }

        if (command.Session.Length == 0)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "missing session");
        }

        var writer = new KvWriter(draft);
        if (writer.Find(command.Key) is not { Hold: { } hold } || hold.Session != command.Session)
        {
            return Lost;
        }

        writer.Put(command.Key, command.Value, command.Flags, KvHold.Of(hold.LockIndex, "", hold.Ttl));
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, KvRollback command)
    {
        var writer = new KvWriter(draft);
        var now = writer.Find(command.Key);
        if (now?.Version == command.Version)
        {
            return new ApplyResult();
        }

        if (Array.Find(draft.Kv.History.Of(command.Key).ToArray(), p => p.Version == command.Version) is not { } past)
        {
            return ApplyResult.Fail(ApplyFailure.NotFound, $"Version {command.Version} of the key is not kept");
        }

        writer.Put(command.Key, past.Value, past.Flags, KvHold.Of(now?.Hold?.LockIndex ?? 0, now?.Session ?? "", TimeSpan.Zero));
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, KvDelete command)
    {
        if (!NamespacedKey.IsWhole(command.Key))
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, Wrong(command.Key)!);
        }

        if (command.Recurse)
        {
            return command.Cas is null
                ? DeleteTree(draft, command.Key)
                : ApplyResult.Fail(ApplyFailure.Invalid, "A recursive delete takes no CAS index.");
        }

        var writer = new KvWriter(draft);
        if (command.Cas is { } cas && cas != (writer.Find(command.Key)?.ModifyIndex ?? 0))
        {
            return Lost;
        }

        writer.Remove(command.Key);
        return new ApplyResult();
    }

    /// <summary>Null for a key that may be written.</summary>
    internal static string? Wrong(string key) =>
        string.IsNullOrEmpty(key) ? "The key must not be empty."
        : !NamespacedKey.IsWhole(key) ? "The key starts with a character that is kept for namespaces."
        : NamespacedKey.HeadLength(key) == key.Length ? "The key must not be empty."
        : null;

    private static ApplyResult DeleteTree(StateDraft draft, string prefix)
    {
        var doomed = KvView.Under(draft.Kv.Entries, prefix).ToList();
        if (doomed.Count == 0)
        {
            return new ApplyResult();
        }

        var entries = draft.Kv.Entries;
        if (doomed.Count > entries.Count / 4)
        {
            // Building the rest anew is cheaper than copying a path for each key.
            entries = Collections.PersistentMap<string, KvRow>.FromSorted(
                StringComparer.Ordinal, [.. entries.Where(e => !NamespacedKey.IsUnder(e.Key, prefix))]);
        }
        else
        {
            entries = doomed.Aggregate(entries, (map, entry) => map.Remove(entry.Key));
        }

        var writer = new KvWriter(draft);
        for (var i = 0; i < doomed.Count; i++)
        {
            writer.Forget(doomed[i].Key, doomed[i].Value, remember: i < MaxRemembered);
        }

        var kv = doomed.Count > KvTables.MaxTombstones ? draft.Kv with { ReapedIndex = draft.Index } : draft.Kv;
        kv = doomed.Take(KvTables.MaxTombstones).Aggregate(kv, (tables, entry) => KvGraves.Bury(tables, entry.Key, draft.Index));
        draft.Kv = kv with { Entries = entries, Index = draft.Index };
        draft.Topics.UnionWith(doomed.Select(e => Topic.KvKey(e.Key)));
        return new ApplyResult();
    }
}
