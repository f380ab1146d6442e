namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Traffic between clusters that are peers.</summary>
public sealed record MeshPeering
{
    public bool PeerThroughMeshGateways { get; init; }
}
