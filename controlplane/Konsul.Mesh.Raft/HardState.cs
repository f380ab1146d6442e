namespace Konsul.Mesh.Raft;

/// <summary>What must be on the disk before anything that depends on it leaves the node.</summary>
/// <param name="Term">The newest term seen.</param>
/// <param name="Vote">Whom this node voted for in it; 0 for nobody.</param>
/// <param name="Commit">Known to be committed; may lag behind on the disk.</param>
public readonly record struct HardState(ulong Term, ulong Vote, ulong Commit)
{
    public bool IsEmpty => this == default;
}
