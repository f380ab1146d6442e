namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>What a message from a peer may measure.</summary>
public sealed record MessageLimits
{
    public static MessageLimits Default { get; } = new();

    /// <summary>Bytes of a frame behind its header; default 16 MiB.</summary>
    public int MaxFrameBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Entries in one message; default 65,536.</summary>
    public int MaxEntries { get; init; } = 64 * 1024;

    /// <summary>Members in each list of a snapshot's configuration; default 1,024.</summary>
    public int MaxMembers { get; init; } = 1024;

    /// <summary>How far a peer's term may be ahead of our own; default 2^32.</summary>
    public ulong MaxTermJump { get; init; } = 1UL << 32;
}
