namespace Konsul.Mesh.State.Events;

/// <summary>What a topic is about; see the factories of <see cref="Topic"/>.</summary>
public enum TopicKind
{
    Nodes,
    Node,
    Services,
    Service,
    Connect,
    Checks,
    Proxy,
    KvKey,
    KvPrefix,
    Intentions,
    IntentionsFor,
    CaRoots,
    Servers,
    Sessions,
    Session,
    SessionsOn,
    Deadlines,
    ConfigEntries,
    ConfigEntry,
    PreparedQueries,
    PreparedQuery,
    UserEvents,
    Coordinates,
}
