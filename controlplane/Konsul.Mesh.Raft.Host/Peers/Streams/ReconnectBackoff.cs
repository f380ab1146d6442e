namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>How long to wait before dialling again: doubles with each failure up to a bound; half of it is chance, so that servers do not dial in step.</summary>
internal sealed class ReconnectBackoff(TimeSpan min, TimeSpan max, IReconnectJitter jitter)
{
    private TimeSpan _last;

    public TimeSpan Next()
    {
        var delay = _last == TimeSpan.Zero ? min : _last < max / 2 ? _last * 2 : max;
        _last = delay;
        return (delay / 2) + (delay / 2 * jitter.Next());
    }

    public void Reset() => _last = TimeSpan.Zero;
}
