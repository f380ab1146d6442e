using System.Collections.Immutable;
using Konsul.Mesh.Model.Queries;

namespace Konsul.Mesh.State.Queries;

/// <summary>What a prepared query found.</summary>
public sealed record QueryAnswer
{
    /// <summary>With its template filled.</summary>
    public required PreparedQuery Query { get; init; }

    /// <summary>Healthy as the query wants it, shuffled, near ones first where that was asked.</summary>
    public required ImmutableArray<QueryInstance> Instances { get; init; }

    /// <summary>How many other places were asked in vain.</summary>
    public int Failovers { get; init; }
}
