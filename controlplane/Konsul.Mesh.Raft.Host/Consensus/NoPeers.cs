using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Raft.Host.Snapshots;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>The way to the other servers of a cluster of one.</summary>
internal sealed class NoPeers : IPeerLink
{
    public static NoPeers Instance { get; } = new();

    public void Send(Message message)
    {
        // There is nobody.
    }

    public void SendSnapshot(Message message, Func<SnapshotReader?> open)
    {
        // There is nobody.
    }

    public Task<ReadOnlyMemory<byte>> CallAsync(ulong node, CallKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        Task.FromException<ReadOnlyMemory<byte>>(new PeerCallException(PeerCallError.Unreachable, "This server stands alone."));
}
