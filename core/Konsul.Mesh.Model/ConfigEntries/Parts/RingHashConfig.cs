namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Bounds of the ring's size.</summary>
public sealed record RingHashConfig
{
    public long MinimumRingSize { get; init; }

    public long MaximumRingSize { get; init; }
}
