namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>Where and how a member of consensus keeps its log.</summary>
public sealed record RaftStorageOptions
{
    /// <summary>Made when missing. Holds the identity, segments, snapshots and the lock file.</summary>
    public required string Directory { get; init; }

    /// <summary>Preallocated size of a segment, bytes, at most 512 MiB. Default 64 MiB.</summary>
    public long SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// The newest entries stay in memory up to so many bytes of data (the newest one always); older ones are read from their segment, which can
    /// make the reader wait for the disk. Every entry of the log also takes 48 bytes of index. Default 64 MiB.
    /// </summary>
    public long MemoryBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many entries before a snapshot stay in the log, for followers that lag behind. Default 10,240.</summary>
    public int TrailingEntries { get; init; } = 10_240;

    /// <summary>The same in bytes of data; what is reached first counts. Default 256 MiB.</summary>
    public long TrailingBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>A larger snapshot is not received, bytes. Default 16 GiB.</summary>
    public long MaxSnapshotBytes { get; init; } = 16L * 1024 * 1024 * 1024;

    /// <summary>Called on the writer's thread with the time of each sync of the log; for a histogram.</summary>
    public Action<TimeSpan>? OnSync { get; init; }

    /// <summary>For tests that show what breaks without a rule.</summary>
    internal HostRules Rules { get; init; } = HostRules.All;

    /// <summary>Where the salts of segments come from. Default: the system's randomness.</summary>
    internal Func<ulong>? Salts { get; init; }
}
