using System.Collections.Immutable;

namespace Konsul.Mesh.State.Authority;

/// <param name="ClusterId">Names the trust domain; never changes.</param>
/// <param name="Roots">The active one first.</param>
/// <param name="Index">When the roots last changed.</param>
public sealed record CaTable(Guid ClusterId, ImmutableArray<CaRoot> Roots, ulong Index)
{
    public CaRoot Active => Roots[0];
}
