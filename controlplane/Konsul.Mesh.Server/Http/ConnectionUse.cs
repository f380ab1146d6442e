namespace Konsul.Mesh.Server.Http;

/// <summary>One open connection of a client: what it carries, and when it last did.</summary>
/// <param name="drain">Whether all connections are to close.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectionUse(ConnectionDrain drain, TimeProvider time)
{
    private long _last = time.GetTimestamp();
    private int _requests;
    private volatile bool _isMultiplexed;

    public bool IsClosing => drain.Closing.IsCancellationRequested;

    /// <param name="isMultiplexed">HTTP/2, which tells its clients by GOAWAY which requests it has not taken.</param>
    public void Begin(bool isMultiplexed)
    {
        _isMultiplexed = isMultiplexed;
        Interlocked.Increment(ref _requests);
    }

    public void End()
    {
        Volatile.Write(ref _last, time.GetTimestamp());
        Interlocked.Decrement(ref _requests);
    }

    /// <summary>Whether it carries a request, or may carry one that has not been read yet: its client has sent one within the given time.</summary>
    public bool IsInUse(TimeSpan lately) =>
        !_isMultiplexed && (Volatile.Read(ref _requests) > 0 || time.GetElapsedTime(Volatile.Read(ref _last)) < lately);
}
