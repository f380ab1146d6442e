using Konsul.Mesh.Raft.Host.Peers.Codec;
using Konsul.Mesh.Raft.Host.Peers.Transfer;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>What every stream of the transport works with.</summary>
internal sealed record PeerContext(
    PeerTransportOptions Options,
    Func<PeerFacts> Self,
    IPeerHandler Handler,
    ISnapshotSource Source,
    ISnapshotSink Sink,
    PeerDialer Dialer,
    MessageCodec Codec,
    PeerMetrics Metrics,
    IReconnectJitter Jitter,
    TimeProvider Time,
    ILogger Logger)
{
    public ReconnectBackoff NewBackoff() => new(Options.MinReconnectDelay, Options.MaxReconnectDelay, Jitter);
}
