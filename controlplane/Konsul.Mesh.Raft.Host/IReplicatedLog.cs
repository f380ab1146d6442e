namespace Konsul.Mesh.Raft.Host;

/// <summary>
/// A log of commands in one order, durable, fed to one <see cref="IReplicatedStateMachine"/>. The seam under which one node, consensus among
/// several, or a foreign store works; nothing above it knows which.
/// </summary>
public interface IReplicatedLog : IAsyncDisposable
{
    LogStatus Status { get; }

    /// <summary>Raised on the log's own loop when role, term or leader changes; must return at once.</summary>
    event Action<LogStatus>? LeadershipChanged;

    /// <summary>
    /// Ends when the log no longer works: with <see cref="LogStoppedException"/> after a storage or state machine error, normally after disposal.
    /// </summary>
    Task Completion { get; }

    /// <summary>
    /// Completes when the command is durable and applied. Cancelling the wait does not take the command back: it may or may not happen.
    /// </summary>
    /// <exception cref="ProposalRefusedException">It was not appended: too large, overloaded, disk full. Safe to try again later.</exception>
    /// <exception cref="TimeoutException">The leader was lost for too long; whether the command happens is not known, and to try it again may make it
    /// happen twice.</exception>
    /// <exception cref="LogStoppedException">The log stopped; whether the command is durable is not known.</exception>
    ValueTask<Committed> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellationToken = default);

    /// <summary>
    /// Completes when everything acknowledged before the call, by any server, is applied here; returns the applied index. What is read then
    /// is linearizable.
    /// </summary>
    /// <exception cref="ProposalRefusedException">Nobody leads.</exception>
    ValueTask<ulong> ReadBarrierAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes a snapshot now and drops the log before it; completes when it is durable.</summary>
    Task SnapshotAsync(CancellationToken cancellationToken = default);
}
