using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>The replicated log and the state machine behind it: <c>konsul_raft_*</c>, <c>konsul_autopilot_*</c>, <c>konsul_state_*</c>.</summary>
public sealed class LogMetrics
{
    private readonly MetricRegistry _registry;
    private readonly HistogramFamily _apply;
    private readonly CounterFamily _refused;

    internal LogMetrics(MetricRegistry registry)
    {
        _registry = registry;
        ProposalDuration = registry.Histogram(
            "konsul.raft.proposal.duration", "s", "Time from a command's proposal at this server to its result.", Buckets.ShortDurations).With();
        _refused = registry.Counter(
            "konsul.raft.proposals.refused", "{command}", "Commands without a result: refused, or their outcome is not known.", "reason");
        _apply = registry.Histogram(
            "konsul.state.apply.duration", "s", "Time to apply one command to the state machine.", Buckets.ShortDurations, "command");
    }

    public HistogramSeries ProposalDuration { get; }

    /// <param name="reason">A word of a fixed set, never the error text.</param>
    public CounterSeries Refused(string reason) => _refused.With(reason);

    public HistogramSeries ApplyDuration(string command) => _apply.With(command);

    /// <summary>Shows the log as <paramref name="read"/> tells it at each scrape, until the result is disposed.</summary>
    public IDisposable Observe(Func<LogReading> read) => new Observed(
    [
        Gauge("konsul.raft.leader", "", "1 on the server that leads.", r => r.IsLeader ? 1 : 0),
        Gauge("konsul.raft.leader.known", "", "1 while this server knows a leader.", r => r.KnowsLeader ? 1 : 0),
        Gauge("konsul.raft.term", "", "The term this server is in.", r => r.Term),
        Gauge("konsul.raft.first.index", "", "Index of the first entry in the log.", r => r.FirstIndex),
        Gauge("konsul.raft.last.index", "", "Index of the last entry in the log.", r => r.LastIndex),
        Gauge("konsul.raft.commit.index", "", "Index of the last committed entry.", r => r.CommitIndex),
        Gauge("konsul.raft.applied.index", "", "Index of the last applied entry.", r => r.AppliedIndex),
        Gauge("konsul.raft.snapshot.index", "", "Index of the last entry in the newest snapshot.", r => r.SnapshotIndex),
        Gauge("konsul.raft.snapshot.size", "By", "Size of the newest snapshot.", r => r.SnapshotBytes),
        Gauge("konsul.raft.log", "By", "Size of the entries in the log.", r => r.LogBytes),
        Gauge("konsul.raft.log.segments", "{file}", "Files of the log.", r => r.Segments),
        Gauge("konsul.raft.disk.full", "", "1 while commands are refused because the disk is full.", r => r.DiskFull ? 1 : 0),
        Labelled("konsul.raft.log.oldest.age", "s", "Age of the oldest part of the log.", [], (r, sink) =>
        {
            if (r.OldestLogAge is { } age)
            {
                sink.Observe(age.TotalSeconds);
            }
        }),
        Labelled("konsul.raft.members", "{server}", "Servers of the cluster.", ["role"], (r, sink) =>
        {
            sink.Observe(r.Voters, "voter");
            sink.Observe(r.Learners, "learner");
        }),
        Labelled("konsul.raft.last_contact", "s", "Time since another server was heard of: the leader on a follower, each one on the leader.", ["peer"],
            (r, sink) => Each(r, sink, p => p.SinceContact?.TotalSeconds)),
        Labelled("konsul.raft.peer.last.index", "", "Index of the last entry on another server's disk, as the leader knows it.", ["peer"],
            (r, sink) => Each(r, sink, p => p.LastIndex)),
        Labelled("konsul.raft.queue", "{item}", "What waits for a loop of the log.", ["queue"], (r, sink) =>
        {
            foreach (var (queue, waiting) in r.Queues)
            {
                sink.Observe(waiting, queue);
            }
        }),
    ], read, _registry);

    /// <summary>How the servers' states compare.</summary>
    /// <param name="read">The newest index at which a majority is equal, how many servers differ from it, and how many differ without a majority.</param>
    public IDisposable ObserveAudit(Func<(ulong Agreed, int Diverged, int Disputed)> read) => new Both(
        _registry.ObservableGauge("konsul.raft.state.agreed.index", "", "Newest index at which a majority of the servers is seen to have the same state.", () => read().Agreed),
        _registry.ObservableGauge("konsul.raft.state.differing", "{server}", "Servers whose state is not that of others at the same index.", ["verdict"], sink =>
        {
            var (_, diverged, disputed) = read();
            sink.Observe(diverged, "diverged");
            sink.Observe(disputed, "disputed");
        }));

    /// <summary>How the leader judges the servers; nothing is exposed where that is not known.</summary>
    /// <param name="read">Whether all servers are healthy, and how many voters may still be lost.</param>
    public IDisposable ObserveAutopilot(Func<(bool Healthy, int FailureTolerance)?> read) => new Both(
        _registry.ObservableGauge("konsul.autopilot.healthy", "", "1 while all servers are healthy, as the leader judges it.", [], sink =>
        {
            if (read() is { } health)
            {
                sink.Observe(health.Healthy ? 1 : 0);
            }
        }),
        _registry.ObservableGauge("konsul.autopilot.failure.tolerance", "{server}", "Voters that may still be lost, as the leader judges it.", [], sink =>
        {
            if (read() is { } health)
            {
                sink.Observe(health.FailureTolerance);
            }
        }));

    /// <param name="read">Calls <see cref="ObservationSink.Observe"/> once per table with its count.</param>
    public IDisposable ObserveObjects(Action<ObservationSink> read) => _registry.ObservableGauge(
        "konsul.state.objects", "{object}", "Objects in the state machine by table.", ["table"], read);

    private static void Each(LogReading reading, ObservationSink sink, Func<PeerReading, double?> value)
    {
        foreach (var peer in reading.Peers)
        {
            if (value(peer) is { } known)
            {
                sink.Observe(known, peer.Id);
            }
        }
    }

    private static Shown Gauge(string name, string unit, string help, Func<LogReading, double> value) =>
        Labelled(name, unit, help, [], (r, sink) => sink.Observe(value(r)));

    private static Shown Labelled(string name, string unit, string help, string[] labels, Action<LogReading, ObservationSink> write) =>
        new(name, unit, help, labels, write);

    private sealed record Shown(string Name, string Unit, string Help, string[] Labels, Action<LogReading, ObservationSink> Write);

    private sealed class Observed(Shown[] shown, Func<LogReading> read, MetricRegistry registry) : IDisposable
    {
        private readonly IDisposable[] _parts =
            Array.ConvertAll(shown, s => registry.ObservableGauge(s.Name, s.Unit, s.Help, s.Labels, sink => s.Write(read(), sink)));

        public void Dispose() => Array.ForEach(_parts, p => p.Dispose());
    }

    private sealed class Both(IDisposable one, IDisposable other) : IDisposable
    {
        public void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }
    }
}
