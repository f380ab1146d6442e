using Konsul.Mesh.Raft.Host.Snapshots;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>The way to the other servers, as the log needs it. All but the call return at once; what cannot be sent is lost and reported.</summary>
internal interface IPeerLink
{
    void Send(Message message);

    /// <summary>Sends the newest snapshot, and the message behind it; the end is reported.</summary>
    void SendSnapshot(Message message, Func<SnapshotReader?> open);

    /// <exception cref="IOException">No answer; a <see cref="Peers.Calls.PeerCallException"/> says whether it may have run.</exception>
    Task<ReadOnlyMemory<byte>> CallAsync(ulong node, CallKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}
