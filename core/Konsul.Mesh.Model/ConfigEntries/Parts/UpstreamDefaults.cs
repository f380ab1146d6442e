using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>How the service calls others: for all of them, and for some by name.</summary>
public sealed record UpstreamDefaults
{
    public UpstreamSettings? Defaults { get; init; }

    public ImmutableArray<UpstreamSettings> Overrides { get; init => field = value.IsDefault ? [] : value; } = [];
}
