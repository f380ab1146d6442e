namespace Konsul.Mesh.Raft;

/// <summary>Settings of one node. A tick is what the host makes it; the defaults are meant for 10 ms.</summary>
public sealed record RaftOptions
{
    /// <summary>This node; not 0, no <see cref="LocalTarget"/>, and never given to another node again.</summary>
    public required ulong Id { get; init; }

    public required ILogStorage Storage { get; init; }

    /// <summary>Draws the election timeout between once and twice <see cref="ElectionTicks"/>.</summary>
    public required IJitter Jitter { get; init; }

    /// <summary>Upper half of the numbers of this node's reads. The host draws it anew at each start, so that an answer to a read from before is not taken
    /// for one to a read from after.</summary>
    public required uint ReadEpoch { get; init; }

    /// <summary>Ticks without a word of the leader until an election, before jitter. Default 40; more than <see cref="HeartbeatTicks"/>.</summary>
    public int ElectionTicks { get; init; } = 40;

    /// <summary>Ticks between heartbeats. Default 5.</summary>
    public int HeartbeatTicks { get; init; } = 5;

    /// <summary>The last entry that the state machine already holds; <see cref="ILogStorage.Members"/> is as of it.</summary>
    public ulong Applied { get; init; }

    /// <summary>Asks whether an election could be won before starting one. Default on; off only for tests.</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>A leader that hears from no majority steps down, and nobody votes against a leader in contact. Default on; off only for tests.</summary>
    public bool CheckQuorum { get; init; } = true;

    /// <summary>A leader that is removed or made a learner steps down when it applies that. Default on; off only for tests.</summary>
    public bool StepDownOnRemoval { get; init; } = true;

    /// <summary>Bytes of entries in one append. Default 256 KiB; 0 for one entry each.</summary>
    public ulong MaxSizePerMessage { get; init; } = 256 * 1024;

    /// <summary>Appends on the way to one follower. Default 256.</summary>
    public int MaxInflightMessages { get; init; } = 256;

    /// <summary>Bytes on the way to one follower; 0 for no limit, otherwise at least <see cref="MaxSizePerMessage"/>. Default 8 MiB.</summary>
    public ulong MaxInflightBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Bytes of proposals a leader holds uncommitted; 0 for no limit. Default 64 MiB.</summary>
    public ulong MaxUncommittedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes of one proposal; 0 for no limit. Default 1.5 MiB.</summary>
    public int MaxProposalBytes { get; init; } = 1536 * 1024;

    /// <summary>Bytes of entries handed out and not yet reported applied; 0 for as much as <see cref="MaxSizePerMessage"/>. Default 4 MiB.</summary>
    public ulong MaxAppliedPerReady { get; init; } = 4 * 1024 * 1024;

    /// <summary>Reads that may wait on one leader. Default 65536.</summary>
    public int MaxPendingReads { get; init; } = 65536;

    public ReadMode ReadMode { get; init; } = ReadMode.Quorum;

    /// <summary>Ticks that a lease lasts from the sending of a heartbeat; less than <see cref="ElectionTicks"/> by the drift of clocks. Default 0: three
    /// quarters of the election timeout.</summary>
    public int LeaseTicks { get; init; }

    /// <summary>Storage is driven by StorageAppend and StorageApply messages instead of <see cref="RaftNode.Advance"/>.</summary>
    public bool AsyncStorageWrites { get; init; }

    /// <summary>A follower sends proposals on to the leader. Default on.</summary>
    public bool ForwardProposals { get; init; } = true;

    /// <summary>Refuses configuration changes that contradict the active configuration. Default on; off only for tests.</summary>
    public bool ValidateConfChanges { get; init; } = true;

    public IRaftTrace? Trace { get; init; }

    /// <summary>For tests that show what breaks without a rule.</summary>
    internal RaftRules Rules { get; init; } = RaftRules.All;

    /// <exception cref="ArgumentException">Names the setting that is impossible.</exception>
    internal void Validate()
    {
        Require(Id is not (0 or LocalTarget.Append or LocalTarget.Apply), nameof(Id), "is none that a node can have");
        Require(HeartbeatTicks > 0, nameof(HeartbeatTicks), "must be positive");
        Require(ElectionTicks > HeartbeatTicks, nameof(ElectionTicks), "must be more than the heartbeat's");
        Require(ElectionTicks <= int.MaxValue / 4, nameof(ElectionTicks), "is too large");
        Require(MaxInflightMessages > 0, nameof(MaxInflightMessages), "must be positive");
        Require(MaxInflightBytes == 0 || MaxInflightBytes >= MaxSizePerMessage, nameof(MaxInflightBytes), "must hold one message");
        Require(MaxPendingReads > 0, nameof(MaxPendingReads), "must be positive");
        Require(MaxProposalBytes >= 0, nameof(MaxProposalBytes), "must not be negative");
        Require(ReadMode == ReadMode.Quorum || CheckQuorum, nameof(ReadMode), "by lease needs CheckQuorum");
        Require(LeaseTicks >= 0 && LeaseTicks < ElectionTicks, nameof(LeaseTicks), "must be less than the election timeout");
    }

    private static void Require(bool holds, string setting, string what)
    {
        if (!holds)
        {
            throw new ArgumentException($"{setting} {what}.", setting);
        }
    }
}
