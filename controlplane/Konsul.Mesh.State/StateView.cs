using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Intentions;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State;

/// <summary>The whole state as of one log index. Immutable: keep one for as long as an answer is put together.</summary>
public sealed class StateView
{
    internal StateView(ulong index, CatalogTables catalog, KvTables kv, IntentionTables intentions, CaTable? ca)
    {
        Index = index;
        Catalog = new CatalogView(catalog);
        Kv = new KvView(kv);
        Intentions = new IntentionView(intentions);
        Ca = ca;
    }

    internal static StateView Empty { get; } = new(0, CatalogTables.Empty, KvTables.Empty, IntentionTables.Empty, null);

    /// <summary>The last applied log index; 0 before the first.</summary>
    public ulong Index { get; }

    public CatalogView Catalog { get; }

    public KvView Kv { get; }

    public IntentionView Intentions { get; }

    /// <summary>Null until the CA was initialised.</summary>
    public CaTable? Ca { get; }
}
