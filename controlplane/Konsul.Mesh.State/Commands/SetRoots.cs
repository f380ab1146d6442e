using System.Collections.Immutable;
using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.State.Commands;

/// <summary>Replaces the roots, if they are still those that the issuer saw.</summary>
public sealed record SetRoots : Command
{
    public required ImmutableArray<CaRoot> Roots { get; init; }

    /// <summary>The CA table's index that the issuer read.</summary>
    public required ulong Cas { get; init; }
}
