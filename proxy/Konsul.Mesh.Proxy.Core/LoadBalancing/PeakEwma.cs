namespace Konsul.Mesh.Proxy.Core.LoadBalancing;

/// <summary>
/// A latency estimate that jumps up at once and comes down slowly (tower's and Finagle's peak EWMA). Pure: time comes in as a timestamp.
/// Writers may race; a lost update costs one sample, never a torn value, since each field is one machine word.
/// </summary>
/// <remarks>
/// On an answer, x being the smaller of the last two latencies: x &gt; rtt → rtt = x; else w = exp(−Δt / decay), rtt = rtt·w + x·(1−w).
/// On a read the same with x = 0, without writing: an idle slow endpoint is tried again after a while.
/// </remarks>
internal sealed class PeakEwma
{
    private readonly double _decay;
    private readonly double _defaultRtt;
    private readonly int _warmUp;
    private double _rtt;
    private long _last;
    private long _previous;
    private int _answers;

    /// <param name="options">The constants.</param>
    /// <param name="frequency">Timestamps per second.</param>
    /// <param name="now">The timestamp of birth.</param>
    public PeakEwma(PeakEwmaOptions options, long frequency, long now)
    {
        _decay = options.Decay.TotalSeconds * frequency;
        _defaultRtt = options.DefaultRtt.TotalSeconds * frequency;
        _warmUp = options.WarmUpAnswers;
        _rtt = _defaultRtt;
        _last = now;
    }

    /// <summary>Whether there were enough answers to compare it with others.</summary>
    public bool IsWarm => Volatile.Read(ref _answers) >= _warmUp;

    /// <param name="latency">In timestamp units.</param>
    /// <param name="now">When the answer came.</param>
    public void Observe(long latency, long now)
    {
        var answers = _answers;
        if (answers < _warmUp)
        {
            Volatile.Write(ref _rtt, answers == 0 ? latency : Math.Min(Volatile.Read(ref _rtt), latency));
            Volatile.Write(ref _answers, answers + 1);
        }
        else
        {
            // Two in a row make a peak. One slow answer among fast ones is a pause of some collector or scheduler.
            var peak = Math.Min(latency, Volatile.Read(ref _previous));
            var rtt = Volatile.Read(ref _rtt);
            Volatile.Write(ref _rtt, peak > rtt ? peak : Fade(rtt, peak, now));
        }

        Volatile.Write(ref _previous, latency);
        Volatile.Write(ref _last, now);
    }

    /// <summary>The estimate in timestamp units.</summary>
    public double Read(long now) => Fade(Volatile.Read(ref _rtt), 0, now);

    private double Fade(double rtt, double towards, long now)
    {
        var elapsed = now - Volatile.Read(ref _last);
        if (elapsed <= 0)
        {
            return rtt;
        }

        var weight = Math.Exp(-elapsed / _decay);
        return (rtt * weight) + (towards * (1 - weight));
    }
}
