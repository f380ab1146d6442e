using System.Diagnostics.Metrics;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What consensus measures while it works, on the meter <see cref="Name"/>; what it is at a moment stands in its status.</summary>
public sealed class RaftMetrics : IDisposable
{
    public const string Name = "Konsul.Mesh.Raft";

    private static readonly InstrumentAdvice<double> Times =
        new() { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] };

    private static readonly InstrumentAdvice<double> LongTimes =
        new() { HistogramBucketBoundaries = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300] };

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _commit;
    private readonly Histogram<double> _fsync;
    private readonly Histogram<double> _snapshot;
    private readonly Counter<long> _elections;
    private readonly Counter<long> _leaderChanges;
    private readonly Counter<long> _forwarded;

    public RaftMetrics()
    {
        _commit = _meter.CreateHistogram(
            "konsul.raft.commit.duration", "s", "Time from the leader's append of entries to their commit by a majority.", tags: null, Times);
        _fsync = _meter.CreateHistogram("konsul.raft.fsync.duration", "s", "Time to make one batch of the log durable.", tags: null, Times);
        _snapshot = _meter.CreateHistogram(
            "konsul.raft.snapshot.duration", "s", "Time to write a snapshot of the own state, or to restore the state from one.", tags: null, LongTimes);
        _elections = _meter.CreateCounter<long>("konsul.raft.elections", "{election}", "Times this server began to ask for votes.");
        _leaderChanges = _meter.CreateCounter<long>("konsul.raft.leader.changes", "{change}", "Times this server got to know a new leader.");
        _forwarded = _meter.CreateCounter<long>("konsul.raft.forwarded", "{command}", "Commands sent on to the leader, by what became of the sending.");

        // Counters that have not counted yet are shown as 0, so that a rate of them has a beginning.
        _elections.Add(0);
        _leaderChanges.Add(0);
        Array.ForEach(Enum.GetValues<ForwardOutcome>(), outcome => Forwarded(outcome, 0));
    }

    internal Meter Meter => _meter;

    /// <summary>For <see cref="Storage.RaftStorageOptions.OnSync"/>.</summary>
    public void Synced(TimeSpan took) => _fsync.Record(took.TotalSeconds);

    public void Dispose() => _meter.Dispose();

    internal void Committed(TimeSpan took) => _commit.Record(took.TotalSeconds);

    internal void SnapshotWritten(TimeSpan took) => _snapshot.Record(took.TotalSeconds, new KeyValuePair<string, object?>("operation", "write"));

    internal void SnapshotRestored(TimeSpan took) => _snapshot.Record(took.TotalSeconds, new KeyValuePair<string, object?>("operation", "restore"));

    internal void ElectionBegun() => _elections.Add(1);

    internal void LeaderChanged() => _leaderChanges.Add(1);

    internal void Forwarded(ForwardOutcome outcome, int commands) =>
        _forwarded.Add(commands, new KeyValuePair<string, object?>("outcome", outcome switch
        {
            ForwardOutcome.Appended => "appended",
            ForwardOutcome.NotLeader => "not_leader",
            ForwardOutcome.Overloaded => "overloaded",
            _ => "unknown",
        }));
}
