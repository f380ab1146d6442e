namespace Konsul.Mesh.Telemetry.Families;

/// <summary>The replicated log at the moment of a scrape, whatever engine keeps it. Durations that nobody knows are null.</summary>
public sealed record LogReading
{
    /// <summary>This server leads.</summary>
    public bool IsLeader { get; init; }

    /// <summary>This server knows who leads.</summary>
    public bool KnowsLeader { get; init; }

    public ulong Term { get; init; }

    public ulong FirstIndex { get; init; }

    public ulong LastIndex { get; init; }

    public ulong CommitIndex { get; init; }

    public ulong AppliedIndex { get; init; }

    public ulong SnapshotIndex { get; init; }

    /// <summary>Bytes of entries.</summary>
    public long LogBytes { get; init; }

    public int Segments { get; init; }

    public TimeSpan? OldestLogAge { get; init; }

    /// <summary>Bytes of the newest snapshot.</summary>
    public long SnapshotBytes { get; init; }

    public bool DiskFull { get; init; }

    public int Voters { get; init; }

    /// <summary>Servers that listen and do not vote.</summary>
    public int Learners { get; init; }

    /// <summary>Other servers: a follower knows its leader, the leader all of them.</summary>
    public IReadOnlyList<PeerReading> Peers { get; init; } = [];

    /// <summary>How much waits where; the names are a fixed set.</summary>
    public IReadOnlyList<(string Queue, int Waiting)> Queues { get; init; } = [];
}
