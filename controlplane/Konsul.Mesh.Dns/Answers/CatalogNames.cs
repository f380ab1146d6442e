using System.Net;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Catalog;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>
/// Finds what the catalog's own keys do not: names in another case (DNS ignores case, RFC 4343, and some resolvers vary it on purpose) and
/// what has an address. Each table is made when first asked for, and once per change of nodes or instances.
/// </summary>
internal sealed class CatalogNames
{
    private readonly Derived<Dictionary<string, string>> _services = new(c => Capitals(c.ServiceNames));
    private readonly Derived<Dictionary<string, string>> _nodes = new(c => Capitals(c.Nodes.Select(n => n.Name)));
    private readonly Derived<ILookup<IPAddress, string>> _nodesByAddress = new(c =>
        c.Nodes.Select(n => (n.Name, Address: Addresses.Parse(n.Address))).Where(n => n.Address is not null).ToLookup(n => n.Address!, n => n.Name));

    private readonly Derived<ILookup<IPAddress, string>> _servicesByAddress = new(c =>
        c.AllInstances.Select(i => (i.Name, Address: Addresses.Parse(i.Address))).Where(i => i.Address is not null).ToLookup(i => i.Address!, i => i.Name));

    /// <summary>The service's name as registered; null when there is none.</summary>
    public string? Service(StateView view, string lower) =>
        view.Catalog.HasService(lower) ? lower : _services.Of(view.Catalog, view.IndexOffset).GetValueOrDefault(lower);

    /// <summary>The node's name as registered; null when there is none.</summary>
    public string? Node(StateView view, string lower) =>
        view.Catalog.Node(lower) is not null ? lower : _nodes.Of(view.Catalog, view.IndexOffset).GetValueOrDefault(lower);

    public IEnumerable<string> NodesAt(StateView view, IPAddress address) => _nodesByAddress.Of(view.Catalog, view.IndexOffset)[address];

    public IEnumerable<string> ServicesAt(StateView view, IPAddress address) =>
        _servicesByAddress.Of(view.Catalog, view.IndexOffset)[address].Distinct(StringComparer.Ordinal);

    private static Dictionary<string, string> Capitals(IEnumerable<string> names)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names.Where(n => n.Any(char.IsAsciiLetterUpper)))
            found.TryAdd(name.ToLowerInvariant(), name);
        return found;
    }

}
