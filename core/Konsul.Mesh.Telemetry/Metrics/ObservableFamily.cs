using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Values that exist elsewhere and are read at scrape time. Several owners may observe under one name, with different
/// labels.</summary>
internal sealed class ObservableFamily : MetricFamily
{
    private ImmutableList<Action<ObservationSink>> _callbacks = [];

    public ObservableFamily(MetricRegistry registry, MetricDescriptor descriptor)
        : base(registry, descriptor)
    {
    }

    public IDisposable Add(Action<ObservationSink> read)
    {
        ImmutableInterlocked.Update(ref _callbacks, list => list.Add(read));
        return new Registration(this, read);
    }

    internal override void WriteTo(IExposition writer)
    {
        foreach (var (value, labels) in Read())
        {
            if (Descriptor.Kind == MetricKind.Counter)
            {
                writer.Counter(Descriptor, labels, value);
            }
            else
            {
                writer.Gauge(Descriptor, labels, value);
            }
        }
    }

    internal IEnumerable<Measurement<double>> Measure()
    {
        foreach (var (value, labels) in Read())
        {
            yield return new Measurement<double>(value, Descriptor.LabelNames.Zip(labels, (n, v) => KeyValuePair.Create(n, (object?)v)));
        }
    }

    /// <summary>A callback that fails loses its own values of this scrape and nothing else; the failure is counted.</summary>
    private IReadOnlyList<(double Value, string[] Labels)> Read()
    {
        var sink = new ObservationSink(Descriptor.LabelNames.Length, Registry.Options.MaxSeries);
        foreach (var read in _callbacks)
        {
            try
            {
                read(sink);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Registry.CallbackFailures.With(Name).Increment();
            }
        }

        if (sink.Dropped > 0)
        {
            Registry.SeriesDropped.With(Name).Add(sink.Dropped);
        }

        return sink.Observations;
    }

    private sealed class Registration(ObservableFamily family, Action<ObservationSink> read) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref family._callbacks, list => list.Remove(read));
    }
}
