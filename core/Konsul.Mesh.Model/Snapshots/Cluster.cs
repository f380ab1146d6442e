using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Model.Snapshots;

/// <summary>A destination service as a caller's sidecar sees it. Its instances are in <see cref="ProxySnapshot.Endpoints"/> under the same name.</summary>
public sealed record Cluster
{
    /// <summary><c>service.namespace.datacenter</c>.</summary>
    public required string Name { get; init; }

    public required string Service { get; init; }

    public required string Datacenter { get; init; }

    /// <summary>Server name sent in the handshake.</summary>
    public required string Sni { get; init; }

    /// <summary>The identity every instance must prove; any other certificate of the mesh is refused.</summary>
    public required SpiffeId Identity { get; init; }

    public ServiceProtocol Protocol { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
