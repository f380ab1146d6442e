using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.State.Sessions;

/// <summary>What the commands about sessions mean. The sentences are Consul's: clients look for them.</summary>
internal static class SessionCommands
{
    public static ApplyResult Apply(StateDraft draft, CreateSession command)
    {
        var session = command.Session;
        var key = SessionTables.KeyOf(session);
        if (session.Id.Length == 0 || !NamespacedKey.IsWhole(key) || !Enum.IsDefined(session.Behavior) || session.Ttl < TimeSpan.Zero)
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "The session has no id, an unknown behavior or a negative TTL.");
        }

        if (draft.Sessions.Sessions.ContainsKey(key))
        {
            return ApplyResult.Fail(ApplyFailure.Conflict, $"There is a session {session.Id} already.");
        }

        if (!draft.Catalog.Nodes.ContainsKey(session.Node))
        {
            return ApplyResult.Fail(ApplyFailure.Invalid, "Missing node registration");
        }

        foreach (var id in SessionTables.ChecksOf(session))
        {
            if (!draft.Catalog.Checks.TryGetValue(new(session.Node, id), out var check))
            {
                return ApplyResult.Fail(ApplyFailure.Invalid, $"Missing check '{id}' registration");
            }

            if (check.Status == CheckStatus.Critical)
            {
                return ApplyResult.Fail(ApplyFailure.Invalid, $"Check '{id}' is in critical state");
            }
        }

        var delay = session.LockDelay <= TimeSpan.Zero ? TimeSpan.Zero
            : session.LockDelay < Session.MaxLockDelay ? session.LockDelay
            : Session.MaxLockDelay;
        new SessionWriter(draft).Create(session with { LockDelay = delay, CreateIndex = draft.Index, ModifyIndex = draft.Index });
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, DestroySession command)
    {
        new SessionWriter(draft).Destroy(command.Key);
        return new ApplyResult();
    }

    public static ApplyResult Apply(StateDraft draft, RenewSession command)
    {
        if (!draft.Sessions.Sessions.TryGetValue(command.Key, out var session))
        {
            return ApplyResult.Fail(ApplyFailure.NotFound, $"Session id '{NamespacedKey.Split(command.Key).Name}' not found");
        }

        if (session.Ttl > TimeSpan.Zero)
        {
            new SessionWriter(draft).Renew(command.Key, session);
        }

        return new ApplyResult();
    }
}
