using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Metrics;

public sealed class CounterFamily : SeriesFamily<CounterSeries>
{
    internal CounterFamily(MetricRegistry registry, MetricDescriptor descriptor)
        : base(registry, descriptor)
    {
    }

    private protected override bool Expires => true;

    internal override void WriteTo(IExposition writer)
    {
        foreach (var series in Live)
        {
            writer.Counter(Descriptor, series.LabelValues, series.Value);
        }
    }

    private protected override CounterSeries Create(string[] labelValues) => new(this, labelValues);
}
