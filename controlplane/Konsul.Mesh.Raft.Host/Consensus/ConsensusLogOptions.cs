using Konsul.Mesh.Raft.Host.Storage;

namespace Konsul.Mesh.Raft.Host.Consensus;

public sealed record ConsensusLogOptions
{
    public required RaftStorageOptions Storage { get; init; }

    /// <summary>What a tick is; election and heartbeat times are counts of it (40 and 5). Default 10 ms.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(10);

    public SnapshotSchedule Snapshots { get; init; } = new();

    /// <summary>Bytes of one command. Default 1.5 MiB, as in etcd.</summary>
    public int MaxProposalBytes { get; init; } = 1536 * 1024;

    /// <summary>Commands of this server without an outcome; one more is refused as overloaded. Default 8192.</summary>
    public int MaxQueued { get; init; } = 8192;

    /// <summary>Their bytes. Default 64 MiB.</summary>
    public long MaxQueuedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Where to what it measures goes. Default: nowhere.</summary>
    public RaftMetrics? Metrics { get; init; }

    internal ILoopRunner Runner { get; init; } = ThreadRunner.Instance;

    /// <summary>For tests that need another core than the host's settings give.</summary>
    internal Func<RaftOptions, RaftOptions> Tune { get; init; } = options => options;

    internal HostRules Rules => Storage.Rules;
}
