using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host.Audit;

/// <summary>How the servers' states compare.</summary>
/// <param name="Agreed">The newest index at which a majority of the voters has the same state; 0 if there is none.</param>
/// <param name="Equal">Servers that have the majority's state.</param>
/// <param name="Diverged">Servers whose state differs from the majority's at the same index: their state is wrong.</param>
/// <param name="Disputed">Servers whose states differ while no majority agrees: nobody can tell whose is wrong.</param>
public sealed record DivergenceVerdict(
    ulong Agreed, ImmutableSortedSet<string> Equal, ImmutableSortedSet<string> Diverged, ImmutableSortedSet<string> Disputed)
{
    public static DivergenceVerdict Unknown { get; } = new(0, [], [], []);
}
