using System.Collections.Immutable;
using Konsul.Mesh.State.Deadlines;

namespace Konsul.Mesh.State.Commands;

/// <summary>The leader's word that the time of these has run out. What has begun anew since stays.</summary>
public sealed record Expire : Command
{
    /// <summary>So many at most are proposed at once.</summary>
    public const int MaxDue = 256;

    public ImmutableArray<Deadline> Due { get; init; } = [];
}
