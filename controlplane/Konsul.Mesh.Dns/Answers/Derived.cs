using Konsul.Mesh.State.Catalog;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>Something computed from the nodes and instances of the catalog, once per change of them. Any number of threads may ask.</summary>
internal sealed class Derived<T>(Func<CatalogView, T> compute)
    where T : class
{
    private sealed record Computed(ulong Nodes, ulong Services, ulong Offset, T Value);

    private Computed? _last;

    public T Of(CatalogView catalog, ulong indexOffset)
    {
        var last = Volatile.Read(ref _last);
        if (last is null || last.Nodes != catalog.NodesIndex || last.Services != catalog.ServicesIndex || last.Offset != indexOffset)
        {
            last = new Computed(catalog.NodesIndex, catalog.ServicesIndex, indexOffset, compute(catalog));
            Volatile.Write(ref _last, last);
        }

        return last.Value;
    }
}
