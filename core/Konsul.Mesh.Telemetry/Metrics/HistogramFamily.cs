using System.Diagnostics.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Metrics;

public sealed class HistogramFamily : SeriesFamily<HistogramSeries>
{
    private readonly double[] _bounds;
    private readonly Histogram<double> _instrument;

    internal HistogramFamily(MetricRegistry registry, MetricDescriptor descriptor, double[] bounds, Histogram<double> instrument)
        : base(registry, descriptor)
    {
        _bounds = bounds;
        _instrument = instrument;
    }

    private protected override bool Expires => true;

    internal override void WriteTo(IExposition writer)
    {
        foreach (var series in Live)
        {
            writer.Histogram(Descriptor, series.LabelValues, _bounds, series.Buckets(), series.Sum);
        }
    }

    private protected override HistogramSeries Create(string[] labelValues) => new(this, _bounds, _instrument, labelValues);
}
