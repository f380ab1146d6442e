namespace Konsul.Mesh.State.Events;

/// <summary>
/// An armed watch. Arm it, read the view, and wait if the answer is not news yet: no change between the two is missed. It fires once and
/// stays fired; arm another for the next change. Dispose it when done waiting. A waiter costs no thread and no timer.
/// </summary>
public sealed class StateWatch : IDisposable
{
    private readonly TaskCompletionSource _fired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WatchRegistry _registry;

    internal StateWatch(WatchRegistry registry, Topic[] topics) => (_registry, Topics) = (registry, topics);

    public bool HasFired => _fired.Task.IsCompleted;

    internal Topic[] Topics { get; }

    public Task WaitAsync(CancellationToken cancellationToken) => _fired.Task.WaitAsync(cancellationToken);

    /// <returns>False when <paramref name="timeout"/> passed first.</returns>
    public async Task<bool> WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await _fired.Task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return HasFired;
        }
    }

    public void Dispose() => _registry.Remove(this);

    internal bool Fire() => _fired.TrySetResult();
}
