using Konsul.Mesh.Raft.Host;

namespace Konsul.Mesh.Etcd;

/// <param name="command">Copied from the proposer.</param>
/// <param name="since">A timestamp: how long somebody waits already.</param>
internal sealed class Proposal(byte[] command, long since)
{
    private readonly TaskCompletionSource<Committed> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReadOnlyMemory<byte> Command => command;

    public long Since => since;

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
