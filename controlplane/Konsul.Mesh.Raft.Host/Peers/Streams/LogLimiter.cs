namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>Lets each kind of log line through once per interval: what strangers do on an open port must not fill the log.</summary>
internal sealed class LogLimiter(TimeSpan every, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Enum, long> _last = [];

    public bool Allows(Enum kind)
    {
        lock (_lock)
        {
            if (_last.TryGetValue(kind, out var last) && time.GetElapsedTime(last) < every)
            {
                return false;
            }

            _last[kind] = time.GetTimestamp();
            return true;
        }
    }
}
