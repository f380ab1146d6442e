using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Requests that one instance takes per second.</summary>
public sealed record InstanceRateLimit
{
    public int RequestsPerSecond { get; init; }

    public int RequestsMaxBurst { get; init; }

    public ImmutableArray<InstanceRouteLimit> Routes { get; init => field = value.IsDefault ? [] : value; } = [];
}
