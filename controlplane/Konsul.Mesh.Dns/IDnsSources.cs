using System.Net;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Dns;

/// <summary>
/// What DNS answers beyond nodes and services. Called on any thread, many at once, for each name that is not prepared yet; must only read the
/// view and return at once. Names come in lower case.
/// </summary>
public interface IDnsSources
{
    /// <summary>Executes a prepared query; null when there is none of that name or id. Asked again after every change of the state.</summary>
    DnsQueryResult? Query(StateView view, string name);

    /// <summary>The ingress gateways that let callers in to a service. Asked again when any service changed.</summary>
    IEnumerable<ServiceInstance> IngressGateways(StateView view, string service);

    /// <summary>The address that stands for a service in transparent mode; null when it has none. Asked again when any service changed.</summary>
    IPAddress? VirtualAddress(StateView view, string service);
}
