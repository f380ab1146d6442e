namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>How much may be under way to one called service at a time; null leaves a limit to its default, 0 allows none.</summary>
public sealed record ConnectionLimits
{
    public int? MaxConnections { get; init; }

    public int? MaxPendingRequests { get; init; }

    public int? MaxConcurrentRequests { get; init; }
}
