namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>Goes up and down. <see cref="Add"/> is striped and cheap; <see cref="Set"/> replaces whatever was added.</summary>
public sealed class GaugeSeries : MetricSeries
{
    private long[]? _deltas;
    private double _base;

    internal GaugeSeries(string[] labelValues)
        : base(labelValues)
    {
    }

    public double Value
    {
        get
        {
            var value = Volatile.Read(ref _base);
            if (_deltas is { } deltas)
            {
                for (var i = 0; i < deltas.Length; i += Stripes.CellLongs)
                {
                    value += Interlocked.Read(ref deltas[i]);
                }
            }

            return value;
        }
    }

    internal override long Mark => BitConverter.DoubleToInt64Bits(Value);

    public void Set(double value)
    {
        if (_deltas is { } deltas)
        {
            for (var i = 0; i < deltas.Length; i += Stripes.CellLongs)
            {
                Interlocked.Exchange(ref deltas[i], 0);
            }
        }

        Volatile.Write(ref _base, value);
    }

    public void Add(long by)
    {
        var deltas = _deltas ?? LazyInitializer.EnsureInitialized(ref _deltas, () => new long[Stripes.Count * Stripes.CellLongs]);
        Interlocked.Add(ref deltas[Stripes.Current * Stripes.CellLongs], by);
    }
}
