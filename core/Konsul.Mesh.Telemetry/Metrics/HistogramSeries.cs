using System.Diagnostics.Metrics;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Counts observations by bucket and sums them. Lock-free, no allocation.</summary>
public sealed class HistogramSeries : MetricSeries
{
    private readonly HistogramFamily _family;
    private readonly double[] _bounds;
    private readonly Histogram<double> _instrument;

    // Invariant: stripe s holds the counts of its buckets at [s * _stride], the +Inf bucket after them, then the bits of its sum.
    private readonly long[] _cells;
    private readonly int _stride;
    private KeyValuePair<string, object?>[]? _tags;

    internal HistogramSeries(HistogramFamily family, double[] bounds, Histogram<double> instrument, string[] labelValues)
        : base(labelValues)
    {
        _family = family;
        _bounds = bounds;
        _instrument = instrument;
        _stride = (bounds.Length + 2 + Stripes.CellLongs - 1) / Stripes.CellLongs * Stripes.CellLongs;
        _cells = new long[Stripes.Count * _stride];
    }

    public long Count => Buckets().Sum();

    public double Sum
    {
        get
        {
            var sum = 0.0;
            for (var i = _bounds.Length + 1; i < _cells.Length; i += _stride)
            {
                sum += BitConverter.Int64BitsToDouble(Interlocked.Read(ref _cells[i]));
            }

            return sum;
        }
    }

    internal override long Mark => Count;

    /// <param name="value">In the family's unit. NaN and infinities are ignored: they would spoil the sum for ever.</param>
    public void Record(double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }

        var bounds = _bounds;
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        var stripe = Stripes.Current * _stride;
        Interlocked.Increment(ref _cells[stripe + bucket]);
        ref var sum = ref _cells[stripe + bounds.Length + 1];
        var seen = Volatile.Read(ref sum);
        while (true)
        {
            var next = BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(seen) + value);
            var was = Interlocked.CompareExchange(ref sum, next, seen);
            if (was == seen)
            {
                break;
            }

            seen = was;
        }

        if (Retired)
        {
            _family.Revive(this);
        }

        // False unless another exporter subscribed to the meter.
        if (_instrument.Enabled)
        {
            _instrument.Record(value, _tags ??= _family.TagsOf(this));
        }
    }

    public void Record(TimeSpan value) => Record(value.TotalSeconds);

    /// <summary>Observations per bucket (not cumulative), +Inf last.</summary>
    internal long[] Buckets()
    {
        var counts = new long[_bounds.Length + 1];
        for (var stripe = 0; stripe < _cells.Length; stripe += _stride)
        {
            for (var i = 0; i < counts.Length; i++)
            {
                counts[i] += Interlocked.Read(ref _cells[stripe + i]);
            }
        }

        return counts;
    }
}
