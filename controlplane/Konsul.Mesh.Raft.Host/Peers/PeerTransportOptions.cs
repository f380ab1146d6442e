using System.Net;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>Settings of the transport between servers. Every limit is per this process unless it says otherwise.</summary>
public sealed record PeerTransportOptions
{
    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>The join token; null refuses first contact save between loopback addresses.</summary>
    public JoinToken? Token { get; init; }

    public MessageLimits Messages { get; init; } = MessageLimits.Default;

    /// <summary>From the first byte to the end of the hello exchange, connecting included; default 5 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections that have not proven themselves; one more ends the oldest. Default 64.</summary>
    public int MaxHandshakes { get; init; } = 64;

    /// <summary>Bytes read from a connection before it has proven itself; default 64 KiB.</summary>
    public int MaxBytesBeforeProof { get; init; } = 64 * 1024;

    /// <summary>Different nodes with connections to this one; default 64.</summary>
    public int MaxPeers { get; init; } = 64;

    /// <summary>How long one write may take before the connection counts as dead; default 5 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Per peer; default 4,096.</summary>
    public int MaxQueuedControl { get; init; } = 4096;

    /// <summary>Per peer; default 1,024.</summary>
    public int MaxQueuedBulk { get; init; } = 1024;

    /// <summary>Bytes per peer and queue; default 32 MiB.</summary>
    public long MaxQueuedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Bytes after which no further message is added to one write; default 1 MiB.</summary>
    public int MaxBatchBytes { get; init; } = 1024 * 1024;

    /// <summary>Wait before the first redial; doubles with each failure, and half of it is chance. Default 50 ms.</summary>
    public TimeSpan MinReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Default 2 s.</summary>
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Bytes of a call's body and of its answer; default 4 MiB.</summary>
    public int MaxCallBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Calls to one peer that wait for their answer; default 1,024.</summary>
    public int MaxPendingCalls { get; init; } = 1024;

    /// <summary>Calls of one peer that are worked on; default 256. Their bodies together hold at most four times <see cref="MaxCallBytes"/>.</summary>
    public int MaxServedCalls { get; init; } = 256;

    /// <summary>Bytes; default 1 MiB.</summary>
    public int SnapshotChunkBytes { get; init; } = 1024 * 1024;

    /// <summary>Chunks sent and not acknowledged; default 4.</summary>
    public int SnapshotWindow { get; init; } = 4;

    /// <summary>Bytes per second of each snapshot that is sent; 0, the default, for no limit.</summary>
    public long SnapshotBytesPerSecond { get; init; }

    /// <summary>A snapshot fails when none of its bytes was acknowledged for so long; default 30 s.</summary>
    public TimeSpan SnapshotProgressTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest snapshot that is taken; default 64 GiB.</summary>
    public long MaxSnapshotBytes { get; init; } = 64L * 1024 * 1024 * 1024;

    /// <summary>How often open connections are judged again: certificates expire, nodes are removed. Default 30 s.</summary>
    public TimeSpan RecheckEvery { get; init; } = TimeSpan.FromSeconds(30);
}
