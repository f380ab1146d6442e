using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Model.Snapshots;

/// <summary>Where a sidecar takes mTLS from its peers, and where its app listens.</summary>
public sealed record InboundListener
{
    public required string Address { get; init; }

    public required int Port { get; init; }

    public ServiceProtocol Protocol { get; init; }

    public required string LocalAddress { get; init; }

    public required int LocalPort { get; init; }
}
