namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// How many certificates may be signed: so many per second (a bucket that holds one second's worth) and so many at once. Signing is the
/// costliest thing a stranger can ask of the server.
/// </summary>
internal sealed class IssueLimiter(int perSecond, int concurrent, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _tokens = perSecond;
    private long _filled = time.GetTimestamp();
    private int _running;
    private int _perSecond = perSecond;
    private int _concurrent = concurrent;

    /// <summary>Other limits from now on; 0 a second: no limit.</summary>
    public void Set(int mostPerSecond, int mostAtOnce)
    {
        lock (_lock)
        {
            (_perSecond, _concurrent) = (mostPerSecond, mostAtOnce);
        }
    }

    /// <summary>Null when it is too much now; else dispose it when done.</summary>
    public IDisposable? TryEnter()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(_perSecond, _tokens + (time.GetElapsedTime(_filled, now).TotalSeconds * _perSecond));
            _filled = now;
            if (_running >= _concurrent || (_perSecond > 0 && _tokens < 1))
                return null;
            _tokens--;
            _running++;
            return new Permit(this);
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _running--;
        }
    }

    private sealed class Permit(IssueLimiter owner) : IDisposable
    {
        private IssueLimiter? _owner = owner;

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Leave();
    }
}
