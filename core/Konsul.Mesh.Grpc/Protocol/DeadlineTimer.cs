namespace Grpc.Protocol;

/// <summary>Calls back once when the time is over, unless disposed before. Counts on the monotonic clock.</summary>
internal sealed class DeadlineTimer : IDisposable
{
    /// <summary>Timers take at most 49 days; a longer time is waited for in steps.</summary>
    private static readonly TimeSpan MaxStep = TimeSpan.FromDays(24);

    /// <summary>Timers count in milliseconds, so less than one left is over.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _duration;
    private readonly Action _onPassed;
    private readonly long _start;
    private readonly ITimer _timer;

    public DeadlineTimer(TimeProvider time, TimeSpan duration, Action onPassed)
    {
        _time = time;
        _duration = duration;
        _onPassed = onPassed;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(
            static state => ((DeadlineTimer)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm(duration);
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        var left = _duration - _time.GetElapsedTime(_start);
        if (left < Resolution)
            _onPassed();
        else
            Arm(left);
    }

    private void Arm(TimeSpan left) =>
        _timer.Change(left > MaxStep ? MaxStep : left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
}
