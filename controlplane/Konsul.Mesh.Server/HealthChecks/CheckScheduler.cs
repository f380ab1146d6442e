namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// When what is due, for any number of checks on one timer. An entry is a key, a time and what to do; setting a key again replaces its entry.
/// Work runs on the timer's thread and must return at once. By the monotonic clock: setting the machine's time moves nothing.
/// </summary>
internal sealed class CheckScheduler : IDisposable
{
    /// <summary>A timer takes no more than 49 days; a later entry is looked at again then.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly Lock _lock = new();
    private readonly PriorityQueue<(string Key, long Version), long> _queue = new();
    private readonly Dictionary<string, (long Version, Action Work)> _live = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _version;
    private bool _disposed;

    public CheckScheduler(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static state => ((CheckScheduler)state!).RunDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _live.Count;
            }
        }
    }

    public void Set(string key, TimeSpan after, Action work)
    {
        lock (_lock)
        {
            _live[key] = (++_version, work);
            _queue.Enqueue((key, _version), At(after));
            Arm();
        }
    }

    public void Cancel(string key)
    {
        lock (_lock)
        {
            // Its place in the queue is passed over when its time comes.
            _live.Remove(key);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _live.Clear();
            _queue.Clear();
        }

        _timer.Dispose();
    }

    private void RunDue()
    {
        var due = new List<Action>();
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            while (_queue.TryPeek(out var entry, out var at) && (at <= now || !IsLive(entry)))
            {
                _queue.Dequeue();
                if (IsLive(entry) && _live.Remove(entry.Key, out var live))
                    due.Add(live.Work);
            }

            Arm();
        }

        foreach (var work in due)
            work();
    }

    /// <summary>Rounded up: a timer that fires on the tick must find its entry due.</summary>
    private long At(TimeSpan after) => _time.GetTimestamp() + (long)Math.Min(long.MaxValue / 4, Math.Ceiling(after.TotalSeconds * _time.TimestampFrequency));

    private bool IsLive((string Key, long Version) entry) => _live.TryGetValue(entry.Key, out var live) && live.Version == entry.Version;

    private void Arm()
    {
        if (_disposed || !_queue.TryPeek(out _, out var at))
            return;
        var after = _time.GetElapsedTime(_time.GetTimestamp(), at);
        _timer.Change(after <= TimeSpan.Zero ? TimeSpan.Zero : after < LongestTimer ? after : LongestTimer, Timeout.InfiniteTimeSpan);
    }
}
