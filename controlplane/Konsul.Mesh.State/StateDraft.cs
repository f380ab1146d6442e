using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.ConfigEntries;
using Konsul.Mesh.State.Deadlines;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Intentions;
using Konsul.Mesh.State.Kv;
using Konsul.Mesh.State.Network;
using Konsul.Mesh.State.Sessions;

namespace Konsul.Mesh.State;

/// <summary>
/// The next view in the making: starts as the current one, is changed table by table, and is published or dropped as a whole. That is what
/// makes a command, and a batch, atomic.
/// </summary>
internal sealed class StateDraft(StateView from, ulong logIndex)
{
    /// <summary>The index that clients see: the log's, moved up by every restore.</summary>
    public ulong Index { get; private set; } = logIndex + from.IndexOffset;

    public CatalogTables Catalog { get; set; } = from.Catalog.Tables;

    public KvTables Kv { get; set; } = from.Kv.Tables;

    public IntentionTables Intentions { get; set; } = from.Intentions.Tables;

    public CaTable? Ca { get; set; } = from.Ca;

    public ClusterTables Cluster { get; set; } = from.Cluster.Tables;

    public SessionTables Sessions { get; set; } = from.Sessions.Tables;

    public DeadlineTable Deadlines { get; set; } = from.DeadlineTable;

    public ConfigTables Config { get; set; } = from.Config.Tables;

    public NetworkTables Network { get; set; } = from.Network.Tables;

    /// <summary>Everything was replaced: every watch is touched.</summary>
    public bool Restored { get; private set; }

    public HashSet<Topic> Topics { get; } = [];

    /// <summary>Every change touches a topic, so untouched means unchanged.</summary>
    public bool Changed => Restored || Topics.Count > 0;

    public StateView Publish() => new(Index, Index - logIndex, Catalog, Kv, Intentions, Ca, Cluster, Sessions, Deadlines, Config, Network);

    /// <summary>Takes everything but the servers from another state. Its indexes stay below those given from now on.</summary>
    public void Replace(StateView other)
    {
        (Catalog, Kv, Intentions, Ca) = (other.Catalog.Tables, other.Kv.Tables, other.Intentions.Tables, other.Ca);
        (Sessions, Deadlines, Config, Network) = (other.Sessions.Tables, other.DeadlineTable, other.Config.Tables, other.Network.Tables);
        Index = Math.Max(Index, other.Index + 1);
        Cluster = Cluster with { Staged = ClusterTables.Empty.Staged, Index = Index };
        Restored = true;
    }

    /// <summary>Content equality; the collections inside records would compare by reference.</summary>
    public static bool Same<T>(T a, T b, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(a, type).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, type));
}
