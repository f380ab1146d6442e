using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>The replicated log and the state machine behind it: <c>konsul_raft_*</c>, <c>konsul_state_*</c>.</summary>
public sealed class LogMetrics
{
    private readonly MetricRegistry _registry;
    private readonly HistogramFamily _apply;

    internal LogMetrics(MetricRegistry registry)
    {
        _registry = registry;
        CommitDuration = registry.Histogram(
            "konsul.raft.commit.duration", "s", "Time from a proposal to its commit, fsync included.", Buckets.ShortDurations).With();
        _apply = registry.Histogram(
            "konsul.state.apply.duration", "s", "Time to apply one command to the state machine.", Buckets.ShortDurations, "command");
    }

    public HistogramSeries CommitDuration { get; }

    public HistogramSeries ApplyDuration(string command) => _apply.With(command);

    public IDisposable ObserveCommitIndex(Func<ulong> index) => _registry.ObservableGauge(
        "konsul.raft.commit.index", "", "Index of the last committed entry.", () => index());

    public IDisposable ObserveAppliedIndex(Func<ulong> index) => _registry.ObservableGauge(
        "konsul.raft.applied.index", "", "Index of the last applied entry.", () => index());

    public IDisposable ObserveLastIndex(Func<ulong> index) => _registry.ObservableGauge(
        "konsul.raft.last.index", "", "Index of the last entry in the log.", () => index());

    public IDisposable ObserveLogBytes(Func<long> bytes) => _registry.ObservableGauge(
        "konsul.raft.log", "By", "Size of the log's segments on disk.", () => bytes());

    /// <param name="read">Calls <see cref="ObservationSink.Observe"/> once per table with its count.</param>
    public IDisposable ObserveObjects(Action<ObservationSink> read) => _registry.ObservableGauge(
        "konsul.state.objects", "{object}", "Objects in the state machine by table.", ["table"], read);
}
