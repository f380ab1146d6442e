namespace Konsul.Mesh.Telemetry.Metrics;

public enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}
