namespace Konsul.Mesh.Bench.Control;

/// <summary>Times that were measured, from any thread.</summary>
internal sealed class Latencies
{
    private readonly Lock _lock = new();
    private readonly List<double> _milliseconds = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _milliseconds.Count;
            }
        }
    }

    public void Add(TimeSpan time)
    {
        lock (_lock)
        {
            _milliseconds.Add(time.TotalMilliseconds);
        }
    }

    /// <summary>Milliseconds; 100 is the longest.</summary>
    public double Percentile(double percent)
    {
        lock (_lock)
        {
            if (_milliseconds.Count == 0)
            {
                throw new BenchException("nothing was measured");
            }

            _milliseconds.Sort();
            return _milliseconds[Math.Clamp((int)Math.Ceiling(percent / 100 * _milliseconds.Count) - 1, 0, _milliseconds.Count - 1)];
        }
    }
}
