namespace Konsul.Mesh.Raft.Quorum;

/// <summary>How far each voter has confirmed: log positions, or numbers of reads.</summary>
internal interface IAckedIndexes
{
    /// <returns>False for a voter that has confirmed nothing.</returns>
    bool TryGetAcked(ulong voter, out ulong index);
}
