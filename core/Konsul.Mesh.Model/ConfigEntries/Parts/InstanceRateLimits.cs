namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Limits that one instance holds by itself.</summary>
public sealed record InstanceRateLimits
{
    public InstanceRateLimit? InstanceLevel { get; init; }
}
