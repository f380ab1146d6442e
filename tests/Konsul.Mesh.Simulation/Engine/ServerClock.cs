namespace Konsul.Mesh.Simulation.Engine;

/// <summary>The clock of one run of a server: virtual time, a little too fast or too slow. Ends with the run.</summary>
/// <param name="scheduler">Virtual time.</param>
/// <param name="rate">1 is exact.</param>
/// <param name="isOver">The run has ended: no timer fires any more.</param>
internal sealed class ServerClock(Scheduler scheduler, double rate, Func<bool> isOver) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (long)(scheduler.Now * rate);

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(GetTimestamp());

    /// <summary>How long a time of this clock takes.</summary>
    public long ToVirtual(TimeSpan time) => (long)Math.Ceiling(time.Ticks / rate);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, callback, state, dueTime);

    /// <summary>Once only: nothing here needs periods.</summary>
    private sealed class Timer : ITimer
    {
        private readonly ServerClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private int _version;

        public Timer(ServerClock clock, TimerCallback callback, object? state, TimeSpan dueTime)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _clock.Later(dueTime, () =>
                {
                    if (version == _version)
                    {
                        _callback(_state);
                    }
                });
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private void Later(TimeSpan time, Action work) => scheduler.After(ToVirtual(time), () =>
    {
        if (!isOver())
        {
            work();
        }
    });
}
