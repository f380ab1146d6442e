using System.Collections.Immutable;
using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Reads all series of a registry at once.</summary>
public static class MetricReadings
{
    public static IReadOnlyList<MetricReading> Of(MetricRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        var collector = new Collector();
        registry.WriteTo(collector);
        return collector.Readings;
    }

    private sealed class Collector : IExposition
    {
        public List<MetricReading> Readings { get; } = [];

        public void Counter(MetricDescriptor family, ReadOnlySpan<string> labels, double value) => Add(family, labels, value, 1);

        public void Gauge(MetricDescriptor family, ReadOnlySpan<string> labels, double value) => Add(family, labels, value, 1);

        public void Histogram(MetricDescriptor family, ReadOnlySpan<string> labels, double[] bounds, long[] counts, double sum) =>
            Add(family, labels, sum, counts.Sum());

        private void Add(MetricDescriptor family, ReadOnlySpan<string> labels, double value, long count)
        {
            var named = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>(labels.Length);
            for (var i = 0; i < labels.Length; i++)
            {
                named.Add(new(family.LabelNames[i], labels[i]));
            }

            Readings.Add(new MetricReading(family.Name, family.Kind, named.MoveToImmutable(), value, count));
        }
    }
}
