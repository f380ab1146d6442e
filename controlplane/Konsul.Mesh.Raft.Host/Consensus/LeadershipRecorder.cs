namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Counts elections and leaders, and times commits on the leader. On the owner's loop; measures, decides nothing.</summary>
internal sealed class LeadershipRecorder(RaftMetrics? metrics, TimeProvider time)
{
    /// <summary>Batches that are timed at once; more of them go untimed.</summary>
    private const int MaxTimed = 4096;

    private readonly Queue<(ulong Index, long At)> _appended = new();
    private RaftRole _role;
    private (ulong Leader, ulong Term) _leader;

    public void Changed(RaftRole role, ulong leader, ulong term)
    {
        if (_role == RaftRole.Follower && role != RaftRole.Follower)
        {
            metrics?.ElectionBegun();
        }

        if (leader != 0 && (leader, term) != _leader)
        {
            _leader = (leader, term);
            metrics?.LeaderChanged();
        }

        if (role != RaftRole.Leader)
        {
            _appended.Clear();
        }

        _role = role;
    }

    /// <summary>Entries go to the own disk, or a new commit index does.</summary>
    public void Appending(Message message)
    {
        if (_role != RaftRole.Leader || metrics is null)
        {
            return;
        }

        while (_appended.TryPeek(out var oldest) && oldest.Index <= message.Commit)
        {
            _appended.Dequeue();
            metrics.Committed(time.GetElapsedTime(oldest.At));
        }

        if (!message.Entries.IsEmpty && _appended.Count < MaxTimed)
        {
            _appended.Enqueue((message.Entries[^1].Index, time.GetTimestamp()));
        }
    }
}
