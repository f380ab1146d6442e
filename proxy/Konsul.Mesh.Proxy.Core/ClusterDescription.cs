namespace Konsul.Mesh.Proxy.Core;

public sealed record ClusterDescription(
    string Name, string Service, string Datacenter, string Protocol, string Sni, string Identity, IReadOnlyList<EndpointDescription> Endpoints);
