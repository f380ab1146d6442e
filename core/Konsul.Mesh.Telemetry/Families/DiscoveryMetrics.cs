using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>The server's end of the discovery streams: <c>konsul_discovery_*</c>.</summary>
public sealed class DiscoveryMetrics
{
    private readonly CounterFamily _pushBytes;
    private readonly CounterFamily _nacks;

    internal DiscoveryMetrics(MetricRegistry registry)
    {
        Streams = registry.Gauge("konsul.discovery.streams", "{stream}", "Proxies that are connected.").With();
        PushDuration = registry.Histogram(
            "konsul.discovery.push.duration", "s", "Time from a change to the last byte of its push to one proxy.", Buckets.ShortDurations).With();
        _pushBytes = registry.Counter("konsul.discovery.push", "By", "Bytes of resources pushed.", "type");
        _nacks = registry.Counter("konsul.discovery.nacks", "{nack}", "Pushes that a proxy refused.", "type");
    }

    public GaugeSeries Streams { get; }

    public HistogramSeries PushDuration { get; }

    public CounterSeries PushBytes(string type) => _pushBytes.With(type);

    public CounterSeries Nacks(string type) => _nacks.With(type);
}
