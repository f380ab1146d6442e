namespace Konsul.Mesh.Raft.Quorum;

internal enum VoteResult
{
    /// <summary>Votes that are still out decide.</summary>
    Pending,
    Lost,
    Won,
}
