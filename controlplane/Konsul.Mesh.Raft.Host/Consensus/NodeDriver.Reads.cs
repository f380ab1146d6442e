namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Reads: all that come in one turn of the loop share one question to the leader. They change nothing, so they are asked again at will.</summary>
internal sealed partial class NodeDriver
{
    private readonly List<TaskCompletionSource<ulong>> _newReads = [];
    private readonly Dictionary<ulong, AskedReads> _askedReads = [];

    public void Read(TaskCompletionSource<ulong> reader) => _newReads.Add(reader);

    private void StartReads()
    {
        if (_newReads.Count == 0 || _leader == 0)
        {
            return;
        }

        if (_node.ReadIndex(out var number).IsOk)
        {
            _askedReads[number] = new AskedReads([.. _newReads], _timing.ReadRetryTicks);
            _newReads.Clear();
        }
    }

    private void FinishRead(ReadState read)
    {
        if (_askedReads.Remove(read.Number, out var asked))
        {
            asked.Readers.ForEach(r => _waiters.Add(read.Index, r));
        }
    }

    private void RetryReads()
    {
        List<ulong>? late = null;
        foreach (var (number, asked) in _askedReads)
        {
            if (--asked.TicksLeft <= 0)
            {
                (late ??= []).Add(number);
            }
        }

        late?.ForEach(AskAgain);
    }

    private void AskAllAgain() => _askedReads.Keys.ToList().ForEach(AskAgain);

    private void AskAgain(ulong number)
    {
        _askedReads.Remove(number, out var asked);
        _newReads.AddRange(asked!.Readers.Where(r => !r.Task.IsCompleted));
    }

    private void FailReads(Exception e)
    {
        AskAllAgain();
        foreach (var reader in _newReads.Where(r => r.TrySetException(e)))
        {
            _ = reader.Task.Exception;
        }

        _newReads.Clear();
    }

    private sealed class AskedReads(List<TaskCompletionSource<ulong>> readers, int ticksLeft)
    {
        public List<TaskCompletionSource<ulong>> Readers => readers;

        public int TicksLeft { get; set; } = ticksLeft;
    }
}
