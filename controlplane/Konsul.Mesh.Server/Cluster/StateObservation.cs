using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>Shows log and state on the metrics page, for as long as it lives.</summary>
internal sealed class StateObservation(ReplicatedState state, LogMetrics metrics) : IDisposable
{
    private readonly IDisposable[] _observed =
    [
        metrics.Observe(() => Read(state.Log.Status, state.Consensus?.Consensus)),
        metrics.ObserveObjects(sink =>
        {
            var view = state.View;
            sink.Observe(view.Catalog.NodeCount, "nodes");
            sink.Observe(view.Catalog.InstanceCount, "services");
            sink.Observe(view.Catalog.AllChecks.Count(), "checks");
            sink.Observe(view.Kv.Count, "kv");
            sink.Observe(view.Intentions.Count, "intentions");
        }),
    ];

    public void Dispose() => Array.ForEach(_observed, o => o.Dispose());

    private static LogReading Read(LogStatus log, ConsensusStatus? consensus) => new()
    {
        IsLeader = log.Role == LogRole.Leader,
        KnowsLeader = log.Leader.Length > 0,
        Term = log.Term,
        FirstIndex = log.FirstIndex,
        LastIndex = log.LastIndex,
        CommitIndex = log.CommitIndex,
        AppliedIndex = log.AppliedIndex,
        SnapshotIndex = log.SnapshotIndex,
        SnapshotBytes = log.SnapshotBytes,
        LogBytes = log.LogBytes,
        Segments = log.Segments,
        OldestLogAge = log.OldestLogAge,
        DiskFull = log.DiskFull,
        Voters = consensus?.Members.Count(m => m.IsVoter) ?? 1,
        Learners = consensus?.Members.Count(m => !m.IsVoter) ?? 0,
        Peers = PeersOf(log, consensus),
        Queues =
        [
            ("proposals", log.Queued), ("owner", log.Queues.Owner), ("append", log.Queues.Append), ("apply", log.Queues.Apply), ("reads", log.Queues.Reads),
        ],
    };

    private static IReadOnlyList<PeerReading> PeersOf(LogStatus log, ConsensusStatus? consensus) => log.Role switch
    {
        LogRole.Leader when consensus is not null =>
            [.. consensus.Members.Where(m => m.Id != consensus.Self).Select(m => new PeerReading(ServerId.Format(m.Id), m.SinceContact, m.LastIndex))],
        LogRole.Follower when log.SinceLeaderContact is { } since && log.Leader.Length > 0 => [new PeerReading(log.Leader, since, null)],
        _ => [],
    };
}
