namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>The way to the other servers, as the log needs it. All but the call return at once; what cannot be sent is lost and reported.</summary>
internal interface IPeerLink
{
    /// <summary>A Snap goes with the newest snapshot of the storage, and how that ended is reported.</summary>
    void Send(Message message);

    /// <exception cref="IOException">No answer; a <see cref="Peers.Calls.PeerCallException"/> says whether it may have run.</exception>
    Task<ReadOnlyMemory<byte>> CallAsync(ulong node, CallKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}
