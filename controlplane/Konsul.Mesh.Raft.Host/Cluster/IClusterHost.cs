using Konsul.Mesh.Raft.Host.Peers;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>What the cluster asks of the server around it. Called from any thread.</summary>
public interface IClusterHost
{
    /// <summary>Whether a server was taken out for ever: it is told so and not listened to.</summary>
    bool IsRemoved(ulong node);

    /// <summary>Whether a server has taken part in the cluster with a log of its own.</summary>
    bool HasEntered(ulong node);

    /// <summary>On the leader: a server wants to join. Notes who it is in the replicated state; it is let in when this returns.</summary>
    /// <exception cref="ConsensusRefusedException">Why not now; it asks again.</exception>
    /// <exception cref="Peers.Calls.PeerCallException">As failed: why never; it gives up.</exception>
    Task AdmitAsync(ulong node, ServerAddresses addresses, CancellationToken cancellationToken);

    /// <summary>On the leader: a server was taken out. Notes in the replicated state that its id is never used again.</summary>
    /// <exception cref="ConsensusRefusedException">That could not be written; to take it out once more tries it again.</exception>
    Task ForgetAsync(ulong node, CancellationToken cancellationToken);

    /// <summary>A call of the server's own kinds, see <see cref="ClusterNode.CallAsync"/>.</summary>
    ValueTask<ReadOnlyMemory<byte>> OnCallAsync(PeerHello from, ushort kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}
