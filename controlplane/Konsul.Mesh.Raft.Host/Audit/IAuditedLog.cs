namespace Konsul.Mesh.Raft.Host.Audit;

/// <summary>A log whose servers can compare what became of it, and one of which can be taken out of service.</summary>
public interface IAuditedLog
{
    /// <summary>What this server has to say.</summary>
    /// <exception cref="LogStoppedException">The log does not work any more.</exception>
    Task<CheckpointReport> ReportAsync(CancellationToken cancellationToken);

    /// <summary>Tells the others, if that is how they learn of it, and asks them. Who does not answer is missing in the result.</summary>
    /// <param name="own">From <see cref="ReportAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<CheckpointReport>> ExchangeAsync(CheckpointReport own, CancellationToken cancellationToken);

    /// <summary>How many servers vote, this one among them.</summary>
    int Voters { get; }

    /// <summary>Whether a server, by the id in its report, still belongs to the cluster.</summary>
    bool IsMember(string server);

    /// <summary>Stops the log for good: its <see cref="IReplicatedLog.Completion"/> fails with <paramref name="reason"/>.</summary>
    void Fence(string reason);
}
