using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>
/// Where requests go while a service, or a subset, has no healthy instance: Targets in order, or Service and ServiceSubset here or in
/// each of Datacenters.
/// </summary>
public sealed record ResolverFailover
{
    public string Service { get; init => field = value ?? ""; } = "";

    public string ServiceSubset { get; init => field = value ?? ""; } = "";

    public ImmutableArray<string> Datacenters { get; init => field = value.IsDefault ? [] : value; } = [];

    public ImmutableArray<FailoverTarget> Targets { get; init => field = value.IsDefault ? [] : value; } = [];

    public FailoverPolicy? Policy { get; init; }
}
