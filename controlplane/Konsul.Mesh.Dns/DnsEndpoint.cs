using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Dns;

/// <param name="Node">Where it runs.</param>
/// <param name="Service">The instance.</param>
/// <param name="Weight">Its share, 0 to 65,535.</param>
public sealed record DnsEndpoint(Node Node, ServiceInstance Service, int Weight);
