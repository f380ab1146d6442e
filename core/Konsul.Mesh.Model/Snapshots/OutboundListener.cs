using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Model.Snapshots;

/// <summary>A plain local port that leads to one cluster.</summary>
public sealed record OutboundListener
{
    /// <summary>Unique in a snapshot: <c>upstream:address:port</c>.</summary>
    public required string Name { get; init; }

    public required string Address { get; init; }

    public required int Port { get; init; }

    public ServiceProtocol Protocol { get; init; }

    /// <summary>The <see cref="Cluster.Name"/> it leads to.</summary>
    public required string Cluster { get; init; }
}
