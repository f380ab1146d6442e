using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State.Sessions;

/// <summary>The sessions as of one index. Indexes are at least 1.</summary>
public sealed class SessionView
{
    private readonly SessionTables _tables;

    internal SessionView(SessionTables tables) => _tables = tables;

    internal SessionTables Tables => _tables;

    public int Count => _tables.Sessions.Count;

    /// <summary>The last time that any session came or went.</summary>
    public ulong Index => Math.Max(_tables.Index, 1);

    public Session? Get(string ns, string id) => _tables.Sessions.GetValueOrDefault(NamespacedKey.Of(ns, id));

    /// <summary>Sorted by id.</summary>
    public IEnumerable<Session> List(string ns) => KvView.Under(_tables.Sessions, NamespacedKey.Of(ns, "")).Select(e => e.Value);

    /// <summary>The plain keys that a session holds.</summary>
    public IEnumerable<string> Held(string ns, string id)
    {
        var session = NamespacedKey.Of(ns, id);
        return _tables.Held.From(new(session, "")).TakeWhile(e => e.Key.First == session).Select(e => NamespacedKey.Split(e.Key.Second).Name);
    }

    public IEnumerable<Session> OnNode(string ns, string node) => _tables.ByNode.From(new(node, ""))
        .TakeWhile(e => e.Key.First == node)
        .Where(e => NamespacedKey.IsUnder(e.Key.Second, NamespacedKey.Of(ns, "")))
        .Select(e => _tables.Sessions.GetValueOrDefault(e.Key.Second)!);
}
