using Konsul.Mesh.Raft.Host.Snapshots;

namespace Konsul.Mesh.Raft.Host;

/// <summary>What the owner loop is asked for.</summary>
internal abstract class WorkItem;

internal sealed class Proposal(byte[] command) : WorkItem
{
    private readonly TaskCompletionSource<Committed> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Command => command;

    public Task<Committed> Task => _done.Task;

    public void Complete(Committed committed) => _done.TrySetResult(committed);

    public void Fail(Exception e)
    {
        if (_done.TrySetException(e))
        {
            // Nobody may be waiting any more; that is no unobserved error.
            _ = _done.Task.Exception;
        }
    }
}

internal sealed class SnapshotRequest : WorkItem
{
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The background writer has ended; the result is with its task.</summary>
internal sealed class SnapshotWritten(Task<SnapshotFile> writing) : WorkItem
{
    public Task<SnapshotFile> Writing => writing;
}
