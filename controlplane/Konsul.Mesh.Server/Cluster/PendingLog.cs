using Konsul.Mesh.Raft.Host;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>What stands in the log's place while the server still looks for its cluster or reads its data: nobody leads.</summary>
internal sealed class PendingLog : IReplicatedLog
{
    public static PendingLog Instance { get; } = new();

    public LogStatus Status { get; } = new() { NodeId = "", Role = LogRole.Follower };

    public event Action<LogStatus>? LeadershipChanged
    {
        add { }
        remove { }
    }

    public Task Completion => Task.CompletedTask;

    public ValueTask<Committed> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellationToken = default) =>
        ValueTask.FromException<Committed>(NotYet());

    public ValueTask<ulong> ReadBarrierAsync(CancellationToken cancellationToken = default) => ValueTask.FromException<ulong>(NotYet());

    public Task SnapshotAsync(CancellationToken cancellationToken = default) => Task.FromException(NotYet());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ProposalRefusedException NotYet() => new(ProposalRefusal.NoLeader, "This server belongs to no cluster yet, or still reads its data.");
}
