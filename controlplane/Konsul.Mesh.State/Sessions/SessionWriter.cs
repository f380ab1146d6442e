using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Queries;

namespace Konsul.Mesh.State.Sessions;

/// <summary>Keeps the tables of sessions, what they hold and what ends them in step.</summary>
internal sealed class SessionWriter(StateDraft draft)
{
    private SessionTables Tables
    {
        get => draft.Sessions;
        set => draft.Sessions = value;
    }

    public void Create(Session session)
    {
        var key = SessionTables.KeyOf(session);
        var byCheck = SessionTables.ChecksOf(session).Aggregate(Tables.ByCheck, (map, check) => map.Set(new(session.Node, check, key), true));
        Tables = Tables with { Sessions = Tables.Sessions.Set(key, session), ByNode = Tables.ByNode.Set(new(session.Node, key), true), ByCheck = byCheck };
        if (session.Ttl > TimeSpan.Zero)
        {
            Renew(key, session);
        }

        Touch(key, session);
    }

    /// <summary>Twice the TTL, as in Consul: a client that renews once in a TTL survives one renewal that is lost.</summary>
    public void Renew(string key, Session session) => DeadlineTable.Set(draft, DeadlineKind.Session, key, 2 * session.Ttl);

    /// <summary>Ends a session if it is there: its keys are freed or deleted, and cannot be locked until its lock-delay is over.</summary>
    public void Destroy(string key)
    {
        if (!Tables.Sessions.TryGetValue(key, out var session))
        {
            return;
        }

        var byCheck = SessionTables.ChecksOf(session).Aggregate(Tables.ByCheck, (map, check) => map.Remove(new(session.Node, check, key)));
        Tables = Tables with { Sessions = Tables.Sessions.Remove(key), ByNode = Tables.ByNode.Remove(new(session.Node, key)), ByCheck = byCheck };
        DeadlineTable.Remove(draft, DeadlineKind.Session, key);

        var kv = new KvWriter(draft);
        foreach (var held in Tables.Held.From(new(key, "")).TakeWhile(e => e.Key.First == key).Select(e => e.Key.Second).ToList())
        {
            if (session.Behavior == SessionBehavior.Delete)
            {
                kv.Remove(held);
            }
            else
            {
                kv.Release(held);
            }

            if (session.LockDelay > TimeSpan.Zero)
            {
                DeadlineTable.Set(draft, DeadlineKind.LockDelay, held, session.LockDelay);
            }
        }

        QueryCommands.SessionEnded(draft, key);
        Touch(key, session);
    }

    public void OnNodeGone(string node)
    {
        foreach (var key in Tables.ByNode.From(new(node, "")).TakeWhile(e => e.Key.First == node).Select(e => e.Key.Second).ToList())
        {
            Destroy(key);
        }
    }

    /// <summary>A check has turned critical, or is no longer there.</summary>
    public void OnCheckLost(string node, string checkId)
    {
        if (Tables.ByCheck.IsEmpty)
        {
            return;
        }

        var sessions = Tables.ByCheck.From(new(node, checkId)).TakeWhile(e => e.Key.First == node && e.Key.Second == checkId);
        foreach (var key in sessions.Select(e => e.Key.Third).ToList())
        {
            Destroy(key);
        }
    }

    private void Touch(string key, Session session)
    {
        Tables = Tables with { Index = draft.Index };
        draft.Topics.Add(Topic.Session(key));
        draft.Topics.Add(Topic.SessionsOn(session.Node));
        draft.Topics.Add(Topic.Sessions);
    }
}
