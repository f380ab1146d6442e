namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Of redirected outbound traffic.</summary>
public sealed record MeshTransparentProxy
{
    /// <summary>Refuse what is no service of the mesh.</summary>
    public bool MeshDestinationsOnly { get; init; }
}
