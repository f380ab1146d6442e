using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Intentions;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State;

/// <summary>
/// The next view in the making: starts as the current one, is changed table by table, and is published or dropped as a whole. That is what
/// makes a command, and a batch, atomic.
/// </summary>
internal sealed class StateDraft(StateView from, ulong index)
{
    public ulong Index => index;

    public CatalogTables Catalog { get; set; } = from.Catalog.Tables;

    public KvTables Kv { get; set; } = from.Kv.Tables;

    public IntentionTables Intentions { get; set; } = from.Intentions.Tables;

    public CaTable? Ca { get; set; } = from.Ca;

    public HashSet<Topic> Topics { get; } = [];

    /// <summary>Every change touches a topic, so untouched means unchanged.</summary>
    public bool Changed => Topics.Count > 0;

    public StateView Publish() => new(index, Catalog, Kv, Intentions, Ca);

    /// <summary>Content equality; the collections inside records would compare by reference.</summary>
    public static bool Same<T>(T a, T b, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(a, type).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, type));
}
