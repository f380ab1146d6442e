namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Failures made on purpose, for a share of the requests.</summary>
public sealed record ServiceRouteFault
{
    public double DelayPercent { get; init; }

    public TimeSpan Delay { get; init; }

    public double AbortPercent { get; init; }

    /// <summary>400 to 599.</summary>
    public int AbortStatus { get; init; }
}
