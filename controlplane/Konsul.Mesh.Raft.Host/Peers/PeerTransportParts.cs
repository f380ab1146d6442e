using Konsul.Mesh.Raft.Host.Peers.Network;
using Konsul.Mesh.Raft.Host.Peers.Transfer;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>Whom the transport works with. All of it outlives the transport.</summary>
public sealed record PeerTransportParts
{
    public required IPeerHandler Handler { get; init; }

    public required IPeerIdentity Identity { get; init; }

    public required ISnapshotSource Source { get; init; }

    public required ISnapshotSink Sink { get; init; }

    public required PeerMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Default: TCP.</summary>
    public IPeerNetwork Network { get; init; } = new SocketPeerNetwork();

    public IReconnectJitter Jitter { get; init; } = new SystemReconnectJitter();
}
