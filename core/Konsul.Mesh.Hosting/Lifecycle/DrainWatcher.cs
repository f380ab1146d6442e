namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>Held by work in flight; dispose it when the work is done.</summary>
public sealed class DrainWatcher : IDisposable
{
    private readonly Drain _drain;
    private int _released;

    internal DrainWatcher(Drain drain) => _drain = drain;

    /// <summary>Cancelled: finish what you have, take nothing new.</summary>
    public CancellationToken Draining => _drain.Draining;

    /// <summary>Cancelled: stop now.</summary>
    public CancellationToken Forced => _drain.Forced;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            _drain.Release();
        }
    }
}
