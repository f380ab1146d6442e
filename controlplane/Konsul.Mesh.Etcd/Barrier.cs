namespace Konsul.Mesh.Etcd;

/// <summary>Waits for a read of the log's end that starts after it; gets the applied index and etcd's revision at that read.</summary>
/// <param name="since">A timestamp: how long somebody waits already; null: as long as it takes.</param>
internal sealed class Barrier(long? since)
{
    private readonly TaskCompletionSource<(ulong Applied, long Revision)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long? Since => since;

    public Task<(ulong Applied, long Revision)> Task => _done.Task;

    public void Complete(ulong applied, long revision) => _done.TrySetResult((applied, revision));

    public void Fail(Exception e)
    {
        if (_done.TrySetException(e))
        {
            _ = _done.Task.Exception;
        }
    }
}
