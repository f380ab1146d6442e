using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>All series of one name.</summary>
public abstract class MetricFamily
{
    private protected MetricFamily(MetricRegistry registry, MetricDescriptor descriptor)
    {
        Registry = registry;
        Descriptor = descriptor;
    }

    public string Name => Descriptor.Name;

    internal MetricRegistry Registry { get; }

    internal MetricDescriptor Descriptor { get; }

    internal abstract void WriteTo(IExposition writer);

    internal virtual void Sweep()
    {
    }

    internal KeyValuePair<string, object?>[] TagsOf(MetricSeries series)
    {
        var tags = new KeyValuePair<string, object?>[Descriptor.LabelNames.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            tags[i] = new(Descriptor.LabelNames[i], series.LabelValues[i]);
        }

        return tags;
    }
}
