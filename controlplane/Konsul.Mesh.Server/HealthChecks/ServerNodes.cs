using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>The nodes that are, or were, those of servers. Looked for only when a node has changed: there may be very many that are none.</summary>
internal sealed class ServerNodes(Func<Node, bool> isServers)
{
    private IReadOnlyList<string> _names = [];
    private ulong _index;

    public IReadOnlyList<string> In(CatalogView catalog)
    {
        if (catalog.NodesIndex != _index)
            (_names, _index) = ([.. catalog.Nodes.Where(isServers).Select(n => n.Name)], catalog.NodesIndex);
        return _names;
    }
}
