namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>
/// Graceful end as one primitive: whoever has work in flight holds a watcher; the trigger tells all of them to finish and completes when
/// every watcher is released. After the deadline they are told to stop at once.
/// </summary>
public sealed class Drain(TimeProvider time) : IDisposable
{
    // How long forced watchers may take to let go before nobody waits for them any more.
    private static readonly TimeSpan ForceGrace = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _forced = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<bool>? _run;
    private int _watchers;

    public bool IsDraining => _draining.IsCancellationRequested;

    /// <summary>Cancelled when draining begins: take no new work.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Cancelled when the time is up: abort what still runs.</summary>
    public CancellationToken Forced => _forced.Token;

    /// <summary>Watchers not yet released.</summary>
    public int Watchers
    {
        get
        {
            lock (_gate)
            {
                return _watchers;
            }
        }
    }

    /// <summary>Keeps a drain from completing until the result is disposed. Also legal while draining, for work that was already
    /// accepted.</summary>
    public DrainWatcher Watch()
    {
        lock (_gate)
        {
            _watchers++;
        }

        return new DrainWatcher(this);
    }

    /// <summary>Begins (once; later calls join) and waits. True when all watchers were released of their own accord before the
    /// deadline.</summary>
    public Task<bool> StartAsync(TimeSpan deadline)
    {
        lock (_gate)
        {
            if (_run is not null)
            {
                return _run;
            }

            if (_watchers == 0)
            {
                _released.TrySetResult();
            }

            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _run = RunAsync(begun.Task, deadline);
            begun.SetResult();
            return _run;
        }
    }

    /// <summary>Ends the patience of a running drain; without one, starts it and ends it.</summary>
    public void Force()
    {
        _ = StartAsync(TimeSpan.Zero);
        _forced.Cancel();
    }

    public void Dispose()
    {
        _draining.Dispose();
        _forced.Dispose();
    }

    internal void Release()
    {
        lock (_gate)
        {
            if (--_watchers == 0 && _run is not null)
            {
                _released.TrySetResult();
            }
        }
    }

    private async Task<bool> RunAsync(Task begun, TimeSpan deadline)
    {
        await begun.ConfigureAwait(false);
        await _draining.CancelAsync().ConfigureAwait(false);
        try
        {
            await _released.Task.WaitAsync(deadline, time, _forced.Token).ConfigureAwait(false);
            return !_forced.IsCancellationRequested;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            await _forced.CancelAsync().ConfigureAwait(false);
        }

        try
        {
            await _released.Task.WaitAsync(ForceGrace, time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // They had their chance.
        }

        return false;
    }
}
