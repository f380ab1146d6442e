using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Prometheus;

/// <summary>Takes every sample of a registry, family by family.</summary>
internal interface IExposition
{
    void Counter(MetricDescriptor family, ReadOnlySpan<string> labels, double value);

    void Gauge(MetricDescriptor family, ReadOnlySpan<string> labels, double value);

    /// <param name="counts">Per bucket, not cumulative, +Inf last.</param>
    void Histogram(MetricDescriptor family, ReadOnlySpan<string> labels, double[] bounds, long[] counts, double sum);
}
