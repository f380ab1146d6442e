using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Sessions;

internal sealed record SessionTables
{
    public static SessionTables Empty { get; } = new();

    /// <summary>By <see cref="KeyOf"/>.</summary>
    public PersistentMap<string, Session> Sessions { get; init; } = PersistentMap<string, Session>.Empty(StringComparer.Ordinal);

    /// <summary>(node, session)</summary>
    public PersistentMap<CompositeKey, bool> ByNode { get; init; } = PersistentMap<CompositeKey, bool>.Empty(CompositeKey.Order);

    /// <summary>(node, check id, session)</summary>
    public PersistentMap<CompositeKey, bool> ByCheck { get; init; } = PersistentMap<CompositeKey, bool>.Empty(CompositeKey.Order);

    /// <summary>(session, KV key that it holds)</summary>
    public PersistentMap<CompositeKey, bool> Held { get; init; } = PersistentMap<CompositeKey, bool>.Empty(CompositeKey.Order);

    public ulong Index { get; init; }

    public static string KeyOf(Session session) => NamespacedKey.Of(session.Namespace, session.Id);

    /// <summary>The entry of <see cref="Held"/> for a key and the id of the session that holds it.</summary>
    public static CompositeKey Holding(string key, string sessionId) => new(NamespacedKey.Of(NamespacedKey.Split(key).Namespace, sessionId), key);

    public static IEnumerable<string> ChecksOf(Session session) =>
        session.NodeChecks.Concat(session.ServiceChecks.Select(c => c.Id)).Distinct(StringComparer.Ordinal);

    /// <summary>The maps that follow from the sessions, and from the keys that name one.</summary>
    public static SessionTables Of(IEnumerable<Session> sessions, IEnumerable<CompositeKey> held, ulong index)
    {
        var empty = Empty;
        var tables = empty with
        {
            Sessions = sessions.Aggregate(empty.Sessions, static (map, s) => map.Set(KeyOf(s), s)),
            Held = held.Aggregate(empty.Held, static (map, h) => map.Set(h, true)),
            Index = index,
        };
        return tables with
        {
            ByNode = tables.Sessions.Aggregate(empty.ByNode, static (map, s) => map.Set(new(s.Value.Node, s.Key), true)),
            ByCheck = tables.Sessions.Aggregate(
                empty.ByCheck, static (map, s) => ChecksOf(s.Value).Aggregate(map, (m, check) => m.Set(new(s.Value.Node, check, s.Key), true))),
        };
    }
}
