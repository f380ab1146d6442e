namespace Konsul.Mesh.Proxy.Core.LoadBalancing;

/// <summary>What balancing knows of one endpoint. Shared by all threads without a lock.</summary>
internal sealed class EndpointLoad
{
    private readonly PeakEwma _ewma;
    private readonly double _noiseFloor;
    private readonly long _minBackoff;
    private readonly long _maxBackoff;
    private int _pending;
    private int _connectFailures;
    private long _notBefore;

    public EndpointLoad(PeakEwmaOptions options, long frequency, long now, int weight)
    {
        _ewma = new PeakEwma(options, frequency, now);
        _noiseFloor = options.NoiseFloor.TotalSeconds * frequency;
        _minBackoff = (long)(options.MinBackoff.TotalSeconds * frequency);
        _maxBackoff = (long)(options.MaxBackoff.TotalSeconds * frequency);
        _notBefore = now;
        Weight = Math.Max(1, weight);
    }

    public int Weight { get; set; }

    /// <summary>How much of its share it has had: grows by 1/weight with every pick. Equal costs go to the smaller one.</summary>
    public double Pass { get; set; }

    public int Pending => Volatile.Read(ref _pending);

    public int ConnectFailures => Volatile.Read(ref _connectFailures);

    /// <summary>The latency estimate in timestamp units, for display.</summary>
    public double Estimate(long now) => _ewma.Read(now);

    public bool IsBackedOff(long now) => Volatile.Read(ref _connectFailures) > 0 && now < Volatile.Read(ref _notBefore);

    /// <summary>The estimate that picks compare, timestamp units. An idle endpoint that has not answered often enough counts as 0: it is asked,
    /// one request at a time, until it is known; else a newcomer would wait until the default estimate, or one cold answer, has faded.</summary>
    public double Latency(long now) =>
        !_ewma.IsWarm && Volatile.Read(ref _pending) == 0 ? 0 : Math.Max(_ewma.Read(now), _noiseFloor);

    public void Begin()
    {
        Interlocked.Increment(ref _pending);
        Pass += 1.0 / Weight;
    }

    public void End() => Interlocked.Decrement(ref _pending);

    /// <param name="latency">In timestamp units.</param>
    /// <param name="now">When the answer came.</param>
    public void Answered(long latency, long now)
    {
        if (Volatile.Read(ref _connectFailures) != 0)
        {
            Volatile.Write(ref _connectFailures, 0);
        }

        _ewma.Observe(latency, now);
    }

    public void ConnectSucceeded() => Volatile.Write(ref _connectFailures, 0);

    /// <param name="now">When the connection could not be opened.</param>
    /// <param name="jitter">In [0, 1): spreads the next attempts of many proxies.</param>
    public void ConnectFailed(long now, double jitter)
    {
        var failures = Interlocked.Increment(ref _connectFailures);
        var pause = Math.Min(_maxBackoff, _minBackoff << Math.Min(failures - 1, 10));
        Volatile.Write(ref _notBefore, now + (long)(pause * (0.5 + (jitter / 2))));
    }
}
