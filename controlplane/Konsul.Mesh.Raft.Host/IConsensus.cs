namespace Konsul.Mesh.Raft.Host;

/// <summary>What an operator may see of and ask from consensus among servers. A log on a foreign engine has none.</summary>
public interface IConsensus
{
    ConsensusStatus Consensus { get; }

    /// <summary>The same as the leader knows it: only it hears of all members.</summary>
    /// <exception cref="ConsensusRefusedException">Nobody leads, or the leader does not answer.</exception>
    Task<ConsensusStatus> AskLeaderAsync(CancellationToken cancellationToken = default);

    /// <summary>Hands leadership over and completes when another server leads.</summary>
    /// <param name="target">The server to lead; 0 for the one that is furthest.</param>
    /// <param name="cancellationToken">Ends the wait only.</param>
    /// <exception cref="ConsensusRefusedException">No leader, no such voter, or it did not take over in time.</exception>
    Task TransferLeadershipAsync(ulong target, CancellationToken cancellationToken = default);

    /// <summary>Takes a server out for ever; its id is never used again. Completes when the change is committed and applied here.</summary>
    /// <exception cref="ConsensusRefusedException">No leader, no such server, or the rest would have no majority in contact.</exception>
    Task RemoveAsync(ulong id, CancellationToken cancellationToken = default);

    /// <summary>Gives the vote of one server to another one that listens and has caught up, and takes the first out for ever, in one step: at no moment
    /// are there fewer votes, or more.</summary>
    /// <param name="id">Who goes.</param>
    /// <param name="with">Who takes its place.</param>
    /// <param name="cancellationToken">Ends the wait only.</param>
    /// <exception cref="ConsensusRefusedException">No leader, no such servers, or not caught up.</exception>
    Task ReplaceAsync(ulong id, ulong with, CancellationToken cancellationToken = default);
}
