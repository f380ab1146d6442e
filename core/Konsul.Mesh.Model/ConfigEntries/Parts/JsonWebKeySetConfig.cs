namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Where the keys are; exactly one of the two.</summary>
public sealed record JsonWebKeySetConfig
{
    public LocalKeySet? Local { get; init; }

    public RemoteKeySet? Remote { get; init; }
}
