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

    /// <summary>Seconds until the certificate expires that a server shows on its gRPC port; nothing is exposed before there is one.</summary>
    public IDisposable ObserveLeafExpiry(Func<TimeSpan?> left) => _registry.ObservableGauge(
        "konsul.ca.leaf.expiry", "s", "Time until this server's own certificate expires.", [], sink =>
        {
            if (left() is { } time)
            {
                sink.Observe(time.TotalSeconds);
            }
        });

    /// <summary>How far a change of the root has come: 0 none, 1 published, 2 active with an old root still trusted. And the trusted roots.</summary>
    public IDisposable[] ObserveRotation(Func<(int Stage, int Roots)> read) =>
    [
        _registry.ObservableGauge(
            "konsul.ca.rotation.stage", "{stage}", "0: none, 1: the next root is published, 2: an old root is still trusted.", [], sink => sink.Observe(read().Stage)),
        _registry.ObservableGauge("konsul.ca.roots", "{root}", "Roots that are trusted.", [], sink => sink.Observe(read().Roots)),
    ];

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
