namespace Konsul.Mesh.Raft.Host;

public sealed record SingleNodeLogOptions
{
    /// <summary>Made when missing. Holds segments, snapshots and the lock file.</summary>
    public required string Directory { get; init; }

    public required string NodeId { get; init; }

    /// <summary>Written into every file; a directory of another cluster is refused.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>Preallocated size of a segment, bytes.</summary>
    public long SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A snapshot is taken after so many entries or so many bytes of log, whichever comes first.</summary>
    public int SnapshotEveryEntries { get; init; } = 10_000;

    public long SnapshotEveryBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many entries before a snapshot stay in the log.</summary>
    public int TrailingEntries { get; init; } = 10_240;

    /// <summary>Bytes.</summary>
    public int MaxProposalBytes { get; init; } = 1536 * 1024;

    /// <summary>Proposals that may wait; one more is refused as overloaded.</summary>
    public int MaxQueued { get; init; } = 8192;

    /// <summary>Group commit: a batch takes what waits, up to so many entries or bytes.</summary>
    public int MaxBatchEntries { get; init; } = 256;

    public int MaxBatchBytes { get; init; } = 4 * 1024 * 1024;
}
