using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>The certificate authority: <c>konsul_ca_*</c>.</summary>
public sealed class CaMetrics
{
    private readonly MetricRegistry _registry;
    private readonly CounterFamily _rejected;

    internal CaMetrics(MetricRegistry registry)
    {
        _registry = registry;
        Issued = registry.Counter("konsul.ca.issued", "{certificate}", "Certificates that were signed.").With();
        _rejected = registry.Counter("konsul.ca.rejected", "{request}", "Signing requests that were refused.", "reason");
    }

    public CounterSeries Issued { get; }

    /// <param name="reason">A short word of a fixed set, never the error text.</param>
    public CounterSeries Rejected(string reason) => _rejected.With(reason);

    /// <summary>Seconds until the active root expires; nothing is exposed while there is no root.</summary>
    public IDisposable ObserveRootExpiry(Func<TimeSpan?> left) => _registry.ObservableGauge(
        "konsul.ca.root.expiry", "s", "Time until the active root expires.", [], sink =>
        {
            if (left() is { } time)
            {
                sink.Observe(time.TotalSeconds);
            }
        });
}
