namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>
/// The host, as the transport sees it. Called from many threads at once; the synchronous methods also from inside <see cref="PeerTransport.Send"/>,
/// so they must only take note and return. The others must end when their token is cancelled: disposing of the transport waits for them.
/// What any of them throws ends the connection that the call came from.
/// </summary>
public interface IPeerHandler
{
    /// <summary>The newest term known here; messages too far ahead of it are refused.</summary>
    ulong CurrentTerm { get; }

    /// <summary>Whether to talk to this peer: removed nodes, foreign nodes, a proof that is too weak for what the connection is for. Of one that dials it
    /// is asked twice, first without its addresses: it tells them to whom it may talk to. Also asked again for open connections, see
    /// <see cref="PeerTransport.Recheck"/>.</summary>
    /// <returns><see cref="PeerRefusal.None"/> to admit it.</returns>
    PeerRefusal Judge(PeerHello peer);

    /// <summary>A message of the node that its <c>From</c> names. The stream it came from waits for the returned task (back-pressure), in order.</summary>
    ValueTask OnMessageAsync(Message message, CancellationToken cancellationToken);

    /// <summary>A message for that node was, or may have been, lost. Reported once per outage, not once per message.</summary>
    void OnUnreachable(ulong nodeId);

    /// <summary>An established control connection with that node, in either direction, was closed or reset; its process may be gone.</summary>
    void OnConnectionLost(ulong nodeId);

    /// <summary>A server that has proven who it is will not talk to this one.</summary>
    void OnRefused(PeerRefusal refusal)
    {
    }

    /// <summary>Sending a snapshot ended.</summary>
    void OnSnapshotStatus(ulong nodeId, bool succeeded);

    /// <summary>Answers a call. Throw <see cref="Calls.PeerCallException"/> to answer with a named error; of any other exception the caller learns
    /// only that the call failed.</summary>
    ValueTask<ReadOnlyMemory<byte>> OnCallAsync(Calls.PeerCall call, CancellationToken cancellationToken);
}
