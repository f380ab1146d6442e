using System.Net;
using Konsul.Mesh.Dns.Answers;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Dns;

/// <summary>
/// What the catalog alone tells: gateways by the upstreams that they were registered with, virtual addresses by the tagged address
/// <c>consul-virtual</c> of an instance or of its sidecar, no prepared queries.
/// </summary>
public class CatalogSources : IDnsSources
{
    private const string VirtualTag = "consul-virtual";
    private readonly Derived<ILookup<string, ServiceInstance>> _gateways = new(GatewaysByService);

    public virtual DnsQueryResult? Query(StateView view, string name) => null;

    public virtual IEnumerable<ServiceInstance> IngressGateways(StateView view, string service) => _gateways.Of(view.Catalog, view.IndexOffset)[service];

    public virtual IPAddress? VirtualAddress(StateView view, string service)
    {
        foreach (var instance in view.Catalog.Instances(service).Concat(view.Catalog.ConnectInstances(service)))
        {
            if (instance.TaggedAddresses.TryGetValue(VirtualTag, out var tagged) && IPAddress.TryParse(tagged.Address, out var address))
                return address;
        }

        return null;
    }

    private static ILookup<string, ServiceInstance> GatewaysByService(State.Catalog.CatalogView catalog) =>
        (from instance in catalog.AllInstances
         where instance.Kind == ServiceKind.IngressGateway && instance.Proxy is not null
         from upstream in instance.Proxy!.Upstreams
         select (upstream.DestinationName, instance))
        .ToLookup(p => p.DestinationName, p => p.instance, StringComparer.OrdinalIgnoreCase);
}
