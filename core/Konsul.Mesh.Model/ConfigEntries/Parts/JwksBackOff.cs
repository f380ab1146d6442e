namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Between two tries.</summary>
public sealed record JwksBackOff
{
    public TimeSpan BaseInterval { get; init; }

    public TimeSpan MaxInterval { get; init; }
}
