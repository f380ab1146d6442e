using System.Collections.Immutable;
using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.State.Commands;

/// <summary>The cluster's identity and first roots. Fails as a conflict when there is a CA: whoever loses the race reads the winner's.</summary>
public sealed record InitializeCa : Command
{
    public required Guid ClusterId { get; init; }

    public required ImmutableArray<CaRoot> Roots { get; init; }
}
