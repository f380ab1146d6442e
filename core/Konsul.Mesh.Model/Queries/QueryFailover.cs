using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Queries;

/// <summary>Where to look when there is no instance here.</summary>
public sealed record QueryFailover
{
    /// <summary>So many of the nearest datacenters first.</summary>
    public int NearestN { get; init; }

    public ImmutableArray<string> Datacenters { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Not together with the other two.</summary>
    public ImmutableArray<QueryTarget> Targets { get; init => field = value.IsDefault ? [] : value; } = [];
}
