namespace Konsul.Mesh.Raft.Replication;

/// <summary>What the leader knows of one follower's log, and how it sends to it.</summary>
internal sealed class Progress
{
    /// <summary>The highest index known to be the same on the follower, durably. Invariant: Match &lt; Next.</summary>
    public ulong Match { get; set; }

    /// <summary>The next entry to send; what lies between Match and Next is on its way.</summary>
    public ulong Next { get; set; }

    public ProgressState State { get; private set; }

    /// <summary>In <see cref="ProgressState.Snapshot"/>: the index of the snapshot that was sent.</summary>
    public ulong PendingSnapshot { get; set; }

    /// <summary>Heard from since the last check of the quorum.</summary>
    public bool RecentActive { get; set; }

    /// <summary>No more appends until an answer or a heartbeat's answer comes.</summary>
    public bool FlowPaused { get; set; }

    public required Inflights Inflights { get; set; }

    public bool IsLearner { get; set; }

    /// <summary>The highest commit index told to the follower.</summary>
    public ulong SentCommit { get; set; }

    public bool IsPaused => State == ProgressState.Snapshot || FlowPaused;

    public Progress Clone() => (Progress)MemberwiseClone();

    /// <summary>After a snapshot was reported as arrived, probing goes on behind it.</summary>
    public void BecomeProbe()
    {
        var behind = State == ProgressState.Snapshot ? Math.Max(Match, PendingSnapshot) : Match;
        Enter(ProgressState.Probe);
        Next = behind + 1;
        SentCommit = Math.Min(SentCommit, Next - 1);
    }

    public void BecomeReplicate()
    {
        Enter(ProgressState.Replicate);
        Next = Match + 1;
    }

    public void BecomeSnapshot(ulong index)
    {
        Enter(ProgressState.Snapshot);
        PendingSnapshot = index;
        Next = index + 1;
        SentCommit = index;
    }

    /// <summary>An append with so many entries, from Next on, was sent.</summary>
    /// <param name="entries">How many; 0 for an append that only tells the commit index.</param>
    /// <param name="bytes">Their payload.</param>
    /// <param name="windowed">False keeps the window open however full it is (only to show that a test notices).</param>
    public void SentEntries(int entries, ulong bytes, bool windowed)
    {
        if (State == ProgressState.Replicate)
        {
            if (entries > 0)
            {
                Next += (ulong)entries;
                Inflights.Add(Next - 1, bytes);
            }

            FlowPaused = windowed && Inflights.IsFull;
        }
        else if (State == ProgressState.Probe)
        {
            FlowPaused |= entries > 0;
        }
        else
        {
            throw new RaftInvariantException("Entries were sent to a follower that waits for a snapshot.");
        }
    }

    /// <summary>Whether telling this commit index could let the follower commit more than it was told already.</summary>
    public bool CanBumpCommit(ulong commit) => commit > SentCommit && SentCommit < Next - 1;

    /// <summary>The follower holds everything up to the index.</summary>
    /// <returns>False when this is old news.</returns>
    public bool MaybeUpdate(ulong index)
    {
        if (index <= Match)
        {
            return false;
        }

        Match = index;
        Next = Math.Max(Next, index + 1);
        FlowPaused = false;
        return true;
    }

    /// <summary>The follower refused the append behind <paramref name="rejected"/> and hints where the logs may meet.</summary>
    /// <returns>False when the refusal is stale: messages may arrive late or twice. Match never moves here.</returns>
    public bool MaybeDecrease(ulong rejected, ulong hint)
    {
        if (State == ProgressState.Replicate)
        {
            if (rejected <= Match)
            {
                return false;
            }

            Next = Match + 1;
            SentCommit = Math.Min(SentCommit, Next - 1);
            return true;
        }

        // One probe is out at a time, so an answer to any other is stale.
        if (Next - 1 != rejected)
        {
            return false;
        }

        Next = Math.Max(Math.Min(rejected, hint + 1), Match + 1);
        SentCommit = Math.Min(SentCommit, Next - 1);
        FlowPaused = false;
        return true;
    }

    private void Enter(ProgressState state)
    {
        FlowPaused = false;
        PendingSnapshot = 0;
        State = state;
        Inflights.Clear();
    }
}
