using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Collections;
using Konsul.Mesh.State.ConfigEntries;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Intentions;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Network;
using Konsul.Mesh.State.Queries;
using Konsul.Mesh.State.Sessions;

namespace Konsul.Mesh.State;

/// <summary>The whole state as of one log index. Immutable: keep one for as long as an answer is put together.</summary>
public sealed class StateView
{
    internal StateView(
        ulong index, ulong indexOffset, CatalogTables catalog, KvTables kv, IntentionTables intentions, CaTable? ca, ClusterTables cluster,
        SessionTables sessions, DeadlineTable deadlines, ConfigTables config, NetworkTables network)
    {
        Index = index;
        IndexOffset = indexOffset;
        Catalog = new CatalogView(catalog);
        Kv = new KvView(kv);
        Intentions = new IntentionView(intentions);
        Ca = ca;
        Cluster = new ClusterView(cluster);
        Sessions = new SessionView(sessions);
        DeadlineTable = deadlines;
        Config = new ConfigView(config, Intentions);
        Queries = new QueryView(config);
        Network = new NetworkView(network);
    }

    internal static StateView Empty { get; } = OfEntries(KvTables.Empty.Entries, 0);

    /// <summary>Nothing but KV entries, whose digest is known: what else another view with the same entries holds can be counted from here.</summary>
    internal static StateView OfEntries(PersistentMap<string, KvRow> entries, UInt128 digest) => new(
        0, 0, CatalogTables.Empty, KvTables.Empty with { Entries = entries }, IntentionTables.Empty, null, ClusterTables.Empty, SessionTables.Empty,
        DeadlineTable.Empty, ConfigTables.Empty, NetworkTables.Empty)
    { RowDigest = digest };

    /// <summary>What clients see as the index: that of the last applied entry, moved up by every restore; 0 before the first.</summary>
    public ulong Index { get; }

    /// <summary>How far <see cref="Index"/> is ahead of the log's own.</summary>
    public ulong IndexOffset { get; }

    /// <summary>The rows' share of <see cref="StateDigest"/>; set once, before anybody else sees the view.</summary>
    internal UInt128 RowDigest { get; set; }

    public CatalogView Catalog { get; }

    public KvView Kv { get; }

    public IntentionView Intentions { get; }

    /// <summary>Null until the CA was initialised.</summary>
    public CaTable? Ca { get; }

    public ClusterView Cluster { get; }

    public SessionView Sessions { get; }

    internal DeadlineTable DeadlineTable { get; }

    /// <summary>Everything that ends by itself.</summary>
    public IEnumerable<Deadline> Deadlines => DeadlineTable.Rows.Select(d => d.Value);

    public ConfigView Config { get; }

    public QueryView Queries { get; }

    public NetworkView Network { get; }
}
