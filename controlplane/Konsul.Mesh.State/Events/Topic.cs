namespace Konsul.Mesh.State.Events;

/// <summary>
/// Something that can be watched. A change touches every topic whose answer it may have altered; a wake-up is no promise of a change.
/// </summary>
public readonly record struct Topic(TopicKind Kind, string Key)
{
    /// <summary>The list of nodes: one came, went or changed.</summary>
    public static Topic Nodes { get; } = new(TopicKind.Nodes, "");

    /// <summary>The list of services: an instance came, went or changed. Health does not touch it.</summary>
    public static Topic Services { get; } = new(TopicKind.Services, "");

    /// <summary>Any check came, went or changed.</summary>
    public static Topic Checks { get; } = new(TopicKind.Checks, "");

    /// <summary>Any intention.</summary>
    public static Topic Intentions { get; } = new(TopicKind.Intentions, "");

    public static Topic CaRoots { get; } = new(TopicKind.CaRoots, "");

    /// <summary>The servers of the cluster, or a restore that is on its way.</summary>
    public static Topic Servers { get; } = new(TopicKind.Servers, "");

    /// <summary>The list of sessions, of all namespaces.</summary>
    public static Topic Sessions { get; } = new(TopicKind.Sessions, "");

    /// <summary>Something that ends by itself began, began anew, or is over.</summary>
    public static Topic Deadlines { get; } = new(TopicKind.Deadlines, "");

    /// <summary>One session coming or going.</summary>
    /// <param name="key">Its id with its namespace.</param>
    public static Topic Session(string key) => new(TopicKind.Session, key);

    /// <summary>The sessions of a node.</summary>
    public static Topic SessionsOn(string node) => new(TopicKind.SessionsOn, node);

    /// <summary>Any prepared query.</summary>
    public static Topic PreparedQueries { get; } = new(TopicKind.PreparedQueries, "");

    public static Topic PreparedQuery(string id) => new(TopicKind.PreparedQuery, id);

    /// <summary>Any config entry of a kind. Intentions are entries too, of kind <c>service-intentions</c>.</summary>
    public static Topic ConfigEntries(string kind) => new(TopicKind.ConfigEntries, kind);

    public static Topic ConfigEntry(string kind, string name) => new(TopicKind.ConfigEntry, $"{kind}\0{name}");

    /// <summary>Any user event.</summary>
    public static Topic UserEvents { get; } = new(TopicKind.UserEvents, "");

    /// <summary>Any coordinate.</summary>
    public static Topic Coordinates { get; } = new(TopicKind.Coordinates, "");

    /// <summary>A node, its instances and its checks.</summary>
    public static Topic Node(string name) => new(TopicKind.Node, name);

    /// <summary>The instances of a service, their checks and their nodes' data and checks.</summary>
    public static Topic Service(string name) => new(TopicKind.Service, name);

    /// <summary>The same for what accepts mTLS for a service: its sidecars and its instances that speak mTLS themselves.</summary>
    public static Topic Connect(string serviceName) => new(TopicKind.Connect, serviceName);

    /// <summary>One registration (port, upstreams, existence), whatever its kind; not its checks.</summary>
    public static Topic Proxy(string node, string id) => new(TopicKind.Proxy, $"{node}\0{id}");

    public static Topic KvKey(string key) => new(TopicKind.KvKey, key);

    /// <summary>Every key that starts with <paramref name="prefix"/>. For watching only: changes name the key.</summary>
    public static Topic KvPrefix(string prefix) => new(TopicKind.KvPrefix, prefix);

    /// <summary>Intentions whose destination is this name, or any service ("*" touches every destination's topic that is watched).</summary>
    public static Topic IntentionsFor(string destination) => new(TopicKind.IntentionsFor, destination);
}
