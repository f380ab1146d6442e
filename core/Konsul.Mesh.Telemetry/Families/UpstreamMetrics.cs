using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>A caller's view of its clusters: <c>konsul_proxy_upstream_*</c>.</summary>
public sealed class UpstreamMetrics
{
    private readonly GaugeFamily _active;
    private readonly GaugeFamily _pending;
    private readonly GaugeFamily _healthy;
    private readonly GaugeFamily _total;
    private readonly CounterFamily _connectFailures;
    private readonly HistogramFamily _connectDuration;

    internal UpstreamMetrics(MetricRegistry registry)
    {
        _active = registry.Gauge("konsul.proxy.upstream.active", "{request}", "Requests or TCP connections now with a cluster.", "cluster");
        _pending = registry.Gauge("konsul.proxy.upstream.pending", "{request}", "Requests that wait for a connection to a cluster.", "cluster");
        _healthy = registry.Gauge("konsul.proxy.upstream.healthy", "{instance}", "Instances of a cluster that may get traffic.", "cluster");
        _total = registry.Gauge("konsul.proxy.upstream.instances", "{instance}", "Instances of a cluster, healthy or not.", "cluster");
        _connectFailures = registry.Counter(
            "konsul.proxy.upstream.connect.failures", "{failure}", "Connections to instances of a cluster that failed, handshake included.", "cluster");
        _connectDuration = registry.Histogram(
            "konsul.proxy.upstream.connect.duration", "s", "Time to connect to an instance, handshake included.", Buckets.ShortDurations, "cluster");
    }

    public UpstreamSeries For(string cluster) => new(
        _active.With(cluster), _pending.With(cluster), _healthy.With(cluster), _total.With(cluster),
        _connectFailures.With(cluster), _connectDuration.With(cluster));

    /// <summary>Call when the cluster leaves the configuration.</summary>
    public void Remove(string cluster)
    {
        foreach (var family in (ReadOnlySpan<GaugeFamily>)[_active, _pending, _healthy, _total])
        {
            family.Remove(cluster);
        }

        _connectFailures.Remove(cluster);
        _connectDuration.Remove(cluster);
    }
}
