using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary>The instruments of one cluster, resolved.</summary>
public sealed record UpstreamSeries(
    GaugeSeries Active,
    GaugeSeries Pending,
    GaugeSeries Healthy,
    GaugeSeries Total,
    CounterSeries ConnectFailures,
    HistogramSeries ConnectDuration);
