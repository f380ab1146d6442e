using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;
using Konsul.Mesh.Telemetry.Runtime;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>
/// All instruments of one process. Families are asked for by name; asking again for the same name and shape returns the same family.
/// Everything is also visible to other exporters through <see cref="System.Diagnostics.Metrics"/> as the meter <see cref="MeterName"/>.
/// </summary>
public sealed class MetricRegistry : IDisposable
{
    public const string MeterName = "Konsul.Mesh";

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Meter _meter;
    private readonly ProcessMetrics _process;
    private readonly List<BuiltInMeters> _builtIn = [];
    private readonly HashSet<string> _included = new(StringComparer.Ordinal);

    public MetricRegistry(TimeProvider time, MetricRegistryOptions? options = null)
    {
        Time = time;
        Options = options ?? new MetricRegistryOptions();
        _meter = new Meter(new MeterOptions(MeterName) { Version = Options.Version, Scope = this });
        SeriesDropped = Counter("konsul.metrics.series.dropped", "{series}", "Label sets that were refused because their family is full.", "metric");
        CallbackFailures = Counter("konsul.metrics.callback.failures", "{failure}", "Callbacks of observable metrics that failed.", "metric");
        _process = new ProcessMetrics(this);
    }

    internal TimeProvider Time { get; }

    internal MetricRegistryOptions Options { get; }

    internal CounterFamily SeriesDropped { get; }

    internal CounterFamily CallbackFailures { get; }

    /// <param name="name">Dotted, as in OpenTelemetry: <c>konsul.mesh.requests</c>.</param>
    /// <param name="unit">UCUM: <c>s</c>, <c>By</c>, <c>{request}</c>; base units only.</param>
    /// <param name="help">One sentence for people who meet the metric first on the page.</param>
    /// <param name="labels">Names of the labels. Their values must come from a bounded set, never from a client's text.</param>
    public CounterFamily Counter(string name, string unit, string help, params string[] labels) =>
        Family(new MetricDescriptor(name, unit, help, MetricKind.Counter, labels), descriptor =>
        {
            var family = new CounterFamily(this, descriptor);
            _meter.CreateObservableCounter(
                name, () => family.Live.Select(s => new Measurement<long>(s.Value, family.TagsOf(s))), UnitOrNull(unit), help);
            return family;
        });

    public GaugeFamily Gauge(string name, string unit, string help, params string[] labels) =>
        Family(new MetricDescriptor(name, unit, help, MetricKind.Gauge, labels), descriptor =>
        {
            var family = new GaugeFamily(this, descriptor);
            _meter.CreateObservableGauge(
                name, () => family.Live.Select(s => new Measurement<double>(s.Value, family.TagsOf(s))), UnitOrNull(unit), help);
            return family;
        });

    /// <param name="buckets">Ascending upper bounds; <see cref="Buckets.Durations"/> when default.</param>
    public HistogramFamily Histogram(string name, string unit, string help, ImmutableArray<double> buckets = default, params string[] labels)
    {
        var bounds = (buckets.IsDefault ? Buckets.Durations : buckets).ToArray();
        if (bounds.Length == 0 || bounds.Any(b => !double.IsFinite(b)) || bounds.Zip(bounds.Skip(1)).Any(p => p.First >= p.Second))
        {
            throw new ArgumentException($"The buckets of {name} must be finite and ascending.", nameof(buckets));
        }

        return Family(new MetricDescriptor(name, unit, help, MetricKind.Histogram, labels), descriptor =>
        {
            var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds };
            return new HistogramFamily(this, descriptor, bounds, _meter.CreateHistogram(name, UnitOrNull(unit), help, tags: null, advice));
        });
    }

    /// <summary>A counter that somebody else keeps. Dispose the result when its owner goes.</summary>
    public IDisposable ObservableCounter(string name, string unit, string help, Func<long> read) =>
        ObservableCounter(name, unit, help, [], sink => sink.Observe(read()));

    public IDisposable ObservableCounter(string name, string unit, string help, string[] labels, Action<ObservationSink> read) =>
        Observable(new MetricDescriptor(name, unit, help, MetricKind.Counter, labels), read);

    /// <summary>A value that is read at scrape time. Dispose the result when its owner goes.</summary>
    public IDisposable ObservableGauge(string name, string unit, string help, Func<double> read) =>
        ObservableGauge(name, unit, help, [], sink => sink.Observe(read()));

    public IDisposable ObservableGauge(string name, string unit, string help, string[] labels, Action<ObservationSink> read) =>
        Observable(new MetricDescriptor(name, unit, help, MetricKind.Gauge, labels), read);

    /// <summary>Puts other meters of the process on the page. Meters that do work per request (Kestrel, Hosting, Http) cost it once they
    /// are listened to. Those that were included before stay.</summary>
    public void IncludeMeters(params string[] meterNames)
    {
        lock (_gate)
        {
            var added = Array.FindAll(meterNames, _included.Add);
            if (added.Length > 0)
            {
                _builtIn.Add(new BuiltInMeters(added, Options.MaxSeries));
            }
        }
    }

    /// <summary>Writes every family in order of names, one scrape at a time.</summary>
    internal void WriteTo(IExposition writer)
    {
        lock (_gate)
        {
            foreach (var family in _families.Values.OrderBy(f => f.Descriptor.ExposedName, StringComparer.Ordinal))
            {
                family.Sweep();
                family.WriteTo(writer);
            }

            _process.WriteTo(writer);
            _builtIn.ForEach(m => m.WriteTo(writer));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _builtIn.ForEach(m => m.Dispose());
            _builtIn.Clear();
        }

        _meter.Dispose();
    }

    private static string? UnitOrNull(string unit) => unit.Length == 0 ? null : unit;

    private IDisposable Observable(MetricDescriptor wanted, Action<ObservationSink> read) =>
        Family(wanted, descriptor =>
        {
            var family = new ObservableFamily(this, descriptor);
            if (descriptor.Kind == MetricKind.Counter)
            {
                _meter.CreateObservableCounter(descriptor.Name, family.Measure, UnitOrNull(descriptor.Unit), descriptor.Help);
            }
            else
            {
                _meter.CreateObservableGauge(descriptor.Name, family.Measure, UnitOrNull(descriptor.Unit), descriptor.Help);
            }

            return family;
        }).Add(read);

    private TFamily Family<TFamily>(MetricDescriptor descriptor, Func<MetricDescriptor, TFamily> create)
        where TFamily : MetricFamily
    {
        PrometheusName.Check(descriptor);
        lock (_gate)
        {
            var family = _families.GetOrAdd(descriptor.ExposedName, _ => create(descriptor));
            return family is TFamily same && same.Descriptor.SameShape(descriptor)
                ? same
                : throw new InvalidOperationException(
                    $"The metric {descriptor.Name} ({descriptor.ExposedName}) exists with another name, kind, unit or labels.");
        }
    }
}
