using System.Diagnostics.Metrics;
using System.Globalization;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Runtime;

/// <summary>What was measured by an instrument of a library, summed by its tags.</summary>
internal sealed class ForeignInstrument
{
    private readonly Lock _gate = new();
    private readonly string _name;
    private readonly string _unit;
    private readonly string _help;
    private readonly MetricKind _kind;
    private readonly bool _absolute;
    private readonly double[] _bounds;
    private readonly int _maxSeries;

    // Keyed by the tags' names and values.
    private readonly Dictionary<string, Cell> _cells = new(StringComparer.Ordinal);

    public ForeignInstrument(Instrument instrument, int maxSeries)
    {
        var type = instrument.GetType().Name;
        _kind = type.StartsWith("Histogram", StringComparison.Ordinal) ? MetricKind.Histogram
            : type.StartsWith("Counter", StringComparison.Ordinal) || type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? MetricKind.Counter
            : MetricKind.Gauge;
        _absolute = instrument.IsObservable || type.StartsWith("Gauge", StringComparison.Ordinal);
        _bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? [.. Buckets.Durations];
        _name = instrument.Name;
        _unit = instrument.Unit ?? "";
        _help = string.IsNullOrEmpty(instrument.Description) ? $"{instrument.Name} of {instrument.Meter.Name}." : instrument.Description;
        _maxSeries = maxSeries;
        ExposedName = PrometheusName.Of(_name, _unit, _kind);
    }

    public string ExposedName { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var names = new string[tags.Length];
        var values = new string[tags.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            names[i] = PrometheusName.Sanitized(tags[i].Key);
            values[i] = Convert.ToString(tags[i].Value, CultureInfo.InvariantCulture) ?? "";
        }

        var key = string.Join('\u0001', names) + "\u0002" + string.Join('\u0001', values);
        lock (_gate)
        {
            if (!_cells.TryGetValue(key, out var cell))
            {
                if (_cells.Count >= _maxSeries)
                {
                    return;
                }

                _cells[key] = cell = new Cell(names, values, new long[_kind == MetricKind.Histogram ? _bounds.Length + 1 : 0]);
            }

            cell.Value = _absolute ? value : cell.Value + value;
            if (_kind == MetricKind.Histogram)
            {
                var bucket = Array.FindIndex(_bounds, b => value <= b);
                cell.Counts[bucket < 0 ? _bounds.Length : bucket]++;
            }
        }
    }

    public void WriteTo(IExposition writer)
    {
        lock (_gate)
        {
            // One name may have one HELP only: the label names are the union, a missing tag is an empty label.
            var names = _cells.Values.SelectMany(c => c.Names).Distinct().Order(StringComparer.Ordinal).ToArray();
            var family = new MetricDescriptor(_name, _unit, _help, _kind, names);
            foreach (var cell in _cells.Values)
            {
                var labels = Array.ConvertAll(names, n => Array.IndexOf(cell.Names, n) is >= 0 and var i ? cell.Values[i] : "");
                switch (_kind)
                {
                    case MetricKind.Counter:
                        writer.Counter(family, labels, cell.Value);
                        break;
                    case MetricKind.Gauge:
                        writer.Gauge(family, labels, cell.Value);
                        break;
                    default:
                        writer.Histogram(family, labels, _bounds, cell.Counts, cell.Value);
                        break;
                }
            }
        }
    }

    private sealed class Cell(string[] names, string[] values, long[] counts)
    {
        public string[] Names { get; } = names;

        public string[] Values { get; } = values;

        public long[] Counts { get; } = counts;

        public double Value { get; set; }
    }
}
