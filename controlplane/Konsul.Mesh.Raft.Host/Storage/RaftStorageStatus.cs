namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>The storage at one moment, for metrics.</summary>
public sealed record RaftStorageStatus
{
    /// <summary>The oldest entry that can be read; last + 1 when there is none.</summary>
    public ulong FirstIndex { get; init; }

    public ulong LastIndex { get; init; }

    /// <summary>0 without one.</summary>
    public ulong SnapshotIndex { get; init; }

    /// <summary>Bytes of its content.</summary>
    public long SnapshotBytes { get; init; }

    /// <summary>Bytes of records in the segments; preallocated space is not counted.</summary>
    public long LogBytes { get; init; }

    public int Segments { get; init; }

    /// <summary>Batches written and synced since the start.</summary>
    public long Syncs { get; init; }

    /// <summary>Bytes of batches written since the start.</summary>
    public long WrittenBytes { get; init; }

    /// <summary>Bytes of entries that are held in memory.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>How long ago the oldest segment was made. Should stay above twice the time that installing a snapshot takes: else a follower that
    /// gets one finds the log behind it gone.</summary>
    public TimeSpan OldestLogAge { get; init; }

    /// <summary>Why it has stopped; empty while it works.</summary>
    public string Failure { get; init; } = "";
}
