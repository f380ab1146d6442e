using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>What a proxy runs on: version and age of its configuration, and how long its certificate lasts.</summary>
public sealed class SnapshotMetrics
{
    private readonly MetricRegistry _registry;

    internal SnapshotMetrics(MetricRegistry registry)
    {
        _registry = registry;
        Version = registry.Gauge("konsul.proxy.snapshot.version", "", "Version of the configuration in use; 0 before the first.").With();
        Rejected = registry.Counter(
            "konsul.proxy.snapshot.rejected", "{update}", "Updates that could not be used; the last good configuration was kept.", "type");
    }

    public GaugeSeries Version { get; }

    private CounterFamily Rejected { get; }

    /// <param name="type">The resource type: <c>clusters</c>, <c>endpoints</c>, …</param>
    public CounterSeries RejectedOf(string type) => Rejected.With(type);

    /// <summary>Seconds since the control plane last confirmed or changed the configuration, read at scrape time.</summary>
    public IDisposable ObserveAge(Func<TimeSpan> age) => _registry.ObservableGauge(
        "konsul.proxy.snapshot.age", "s", "Time since the control plane was last heard.", () => age().TotalSeconds);

    /// <summary>Seconds until the leaf expires, negative afterwards; nothing is exposed while there is none.</summary>
    public IDisposable ObserveIdentityExpiry(Func<TimeSpan?> left) => _registry.ObservableGauge(
        "konsul.proxy.identity.expiry", "s", "Time until the certificate of this proxy expires.", [], sink =>
        {
            if (left() is { } time)
            {
                sink.Observe(time.TotalSeconds);
            }
        });
}
