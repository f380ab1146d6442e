using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Its series stay until <see cref="SeriesFamily{TSeries}.Remove"/>.</summary>
public sealed class GaugeFamily : SeriesFamily<GaugeSeries>
{
    internal GaugeFamily(MetricRegistry registry, MetricDescriptor descriptor)
        : base(registry, descriptor)
    {
    }

    private protected override bool Expires => false;

    internal override void WriteTo(IExposition writer)
    {
        foreach (var series in Live)
        {
            writer.Gauge(Descriptor, series.LabelValues, series.Value);
        }
    }

    private protected override GaugeSeries Create(string[] labelValues) => new(labelValues);
}
