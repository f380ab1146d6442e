using System.Collections.Immutable;

namespace Konsul.Mesh.State.Commands;

/// <summary>Results of checks. A check that was deregistered meanwhile is passed over; fails as not found only when none of them exists.</summary>
public sealed record UpdateChecks : Command
{
    public required ImmutableArray<CheckUpdate> Updates { get; init; }
}
