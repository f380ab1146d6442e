namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>HTTP that a proxy takes in.</summary>
public sealed record MeshHttpIncoming
{
    public RequestNormalization? RequestNormalization { get; init; }
}
