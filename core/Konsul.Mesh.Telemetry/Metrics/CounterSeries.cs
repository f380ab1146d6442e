namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Only grows. Lock-free, no allocation.</summary>
public sealed class CounterSeries : MetricSeries
{
    private readonly CounterFamily _family;
    private readonly long[] _cells = new long[Stripes.Count * Stripes.CellLongs];

    internal CounterSeries(CounterFamily family, string[] labelValues)
        : base(labelValues) => _family = family;

    public long Value
    {
        get
        {
            var sum = 0L;
            for (var i = 0; i < _cells.Length; i += Stripes.CellLongs)
            {
                sum += Interlocked.Read(ref _cells[i]);
            }

            return sum;
        }
    }

    internal override long Mark => Value;

    public void Increment() => Add(1);

    /// <param name="by">Never negative; a negative number is ignored, because a counter that falls reads as a restart.</param>
    public void Add(long by)
    {
        if (by < 0)
        {
            return;
        }

        Interlocked.Add(ref _cells[Stripes.Current * Stripes.CellLongs], by);
        if (Retired)
        {
            _family.Revive(this);
        }
    }
}
