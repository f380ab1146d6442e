namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Verified tokens that are remembered.</summary>
public sealed record JwtCacheConfig
{
    /// <summary>Tokens; 0 for none.</summary>
    public int Size { get; init; }
}
