namespace Konsul.Mesh.Raft.Host;

/// <summary>The log at one moment.</summary>
public sealed record LogStatus
{
    public required string NodeId { get; init; }

    public required LogRole Role { get; init; }

    public ulong Term { get; init; }

    /// <summary>Empty without a leader.</summary>
    public string Leader { get; init; } = "";

    /// <summary>The oldest entry still in the log; last + 1 when there is none.</summary>
    public ulong FirstIndex { get; init; }

    public ulong LastIndex { get; init; }

    /// <summary>Known to be committed; what is applied follows it.</summary>
    public ulong CommitIndex { get; init; }

    public ulong AppliedIndex { get; init; }

    /// <summary>How long ago the leader was heard of: zero on the leader, null if never.</summary>
    public TimeSpan? SinceLeaderContact { get; init; }

    /// <summary>What the newest durable snapshot holds; 0 without one.</summary>
    public ulong SnapshotIndex { get; init; }

    /// <summary>Bytes of the newest durable snapshot.</summary>
    public long SnapshotBytes { get; init; }

    /// <summary>Bytes of entries in the segments; preallocated space is not counted.</summary>
    public long LogBytes { get; init; }

    public int Segments { get; init; }

    /// <summary>How long ago the oldest segment was made; null where there are none. Should stay above twice the time that a snapshot takes to
    /// reach a follower.</summary>
    public TimeSpan? OldestLogAge { get; init; }

    /// <summary>Proposals that wait to be written.</summary>
    public int Queued { get; init; }

    /// <summary>What waits for each loop; empty where there are no such loops.</summary>
    public LogQueues Queues { get; init; }

    /// <summary>Batches written and synced since the start.</summary>
    public long Syncs { get; init; }

    /// <summary>True while proposals are refused because the disk is full.</summary>
    public bool DiskFull { get; init; }

    /// <summary>Why the log stopped; empty while it works.</summary>
    public string Failure { get; init; } = "";
}
