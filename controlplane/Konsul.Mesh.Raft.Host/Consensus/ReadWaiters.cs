namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Reads that know which index they need and wait until it is applied. Used by all loops.</summary>
internal sealed class ReadWaiters(HostRules rules = HostRules.All)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource<ulong>, ulong> _waiting = new();
    private ulong _applied;

    public ulong Applied
    {
        get
        {
            lock (_lock)
            {
                return _applied;
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    public void Add(ulong index, TaskCompletionSource<ulong> reader)
    {
        lock (_lock)
        {
            if (index > _applied && rules.HasFlag(HostRules.ReadWaitsForApply))
            {
                _waiting.Enqueue(reader, index);
                return;
            }
        }

        reader.TrySetResult(index);
    }

    public void Advance(ulong applied)
    {
        List<TaskCompletionSource<ulong>>? ready = null;
        lock (_lock)
        {
            _applied = Math.Max(_applied, applied);
            while (_waiting.TryPeek(out var reader, out var index) && index <= _applied)
            {
                _waiting.Dequeue();
                (ready ??= []).Add(reader);
            }
        }

        ready?.ForEach(r => r.TrySetResult(applied));
    }

    public void FailAll(Exception e)
    {
        List<TaskCompletionSource<ulong>> all = [];
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var reader, out _))
            {
                all.Add(reader);
            }
        }

        foreach (var reader in all.Where(r => r.TrySetException(e)))
        {
            _ = reader.Task.Exception;
        }
    }
}
