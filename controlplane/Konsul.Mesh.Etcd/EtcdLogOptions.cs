using Konsul.Mesh.Raft.Host;

namespace Konsul.Mesh.Etcd;

public sealed record EtcdLogOptions
{
    public required EtcdConnectionOptions Connection { get; init; }

    /// <summary>Every key of the log starts with it; ends with a slash. Nothing else may write there.</summary>
    public required string Prefix { get; init; }

    /// <summary>One per server.</summary>
    public required string NodeId { get; init; }

    /// <summary>Whose log it is, such as the datacenter's name; a prefix with the log of another is refused. Without spaces.</summary>
    public required string ClusterId { get; init; }

    /// <summary>Keeps the newest snapshot and which log it is of; made when missing. May be lost: everything in it is in etcd too.</summary>
    public required string Directory { get; init; }

    /// <summary>Life of this server's lease in whole seconds; a leader that is cut off is replaced after it.</summary>
    public TimeSpan LeaseTtl { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a proposal or a read barrier waits for an etcd that does not answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the start waits for etcd.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The log is read so often even if the watch says nothing.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromSeconds(10);

    public SnapshotSchedule Snapshots { get; init; } = new();

    /// <summary>How many entries before the oldest snapshot stay in etcd.</summary>
    public int TrailingEntries { get; init; } = 10_240;

    /// <summary>
    /// The leader puts a snapshot of up to so many bytes into etcd, for servers that come without one. Half of etcd's quota would be too much:
    /// the old one is still there while the new one is written.
    /// </summary>
    public long MaxStoredSnapshotBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>
    /// etcd's history is compacted up to what was removed so long ago; other users of the same etcd see their history compacted too.
    /// <see cref="Timeout.InfiniteTimeSpan"/>: never, etcd's own auto-compaction does it.
    /// </summary>
    public TimeSpan CompactAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes; etcd's own limit of a request is 1.5 MiB by default.</summary>
    public int MaxProposalBytes { get; init; } = 1024 * 1024;

    /// <summary>Proposals that may wait; one more is refused as overloaded.</summary>
    public int MaxQueued { get; init; } = 8192;

    /// <summary>Group commit: one key in etcd takes what waits, up to so many commands or bytes.</summary>
    public int MaxBatchEntries { get; init; } = 1024;

    public int MaxBatchBytes { get; init; } = 1024 * 1024;
}
