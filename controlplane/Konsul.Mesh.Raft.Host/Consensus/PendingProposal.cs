namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>A command of this server on its way. The owner loop moves it; the apply loop, or a failure, ends it.</summary>
internal sealed class PendingProposal(ulong number, byte[] entry)
{
    private readonly TaskCompletionSource<Committed> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ulong Number => number;

    /// <summary>Header and command.</summary>
    public byte[] Entry => entry;

    public Task<Committed> Task => _done.Task;

    /// <summary>The term it was last tried in; whether it is in the log of that term's leader is known only when an entry of a later term is applied,
    /// or it is itself.</summary>
    public ulong Term { get; set; }

    /// <summary>Not in any log: it may be tried again at once.</summary>
    public bool IsWaiting { get; set; } = true;

    public bool IsOver => _done.Task.IsCompleted;

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
