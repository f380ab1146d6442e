using Konsul.Mesh.Raft.Host.Peers.Handshake;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>
/// The connections that peers have made to this server. A stream of messages has one order, so a peer's new one takes the place of its old one,
/// which may be half-open since the peer's machine died.
/// </summary>
internal sealed class InboundSessions(int maxPeers)
{
    /// <summary>Calls have no order among each other; a few connections may overlap.</summary>
    private const int MaxCallConnections = 4;

    private readonly Lock _lock = new();
    private readonly List<PeerSession> _sessions = [];

    public bool HasRoomFor(ulong node)
    {
        lock (_lock)
        {
            return _sessions.Exists(s => s.Peer.NodeId == node) || _sessions.DistinctBy(s => s.Peer.NodeId).Count() < maxPeers;
        }
    }

    /// <returns>False when there are too many peers.</returns>
    public bool TryAdd(PeerSession session)
    {
        var kept = session.Peer.Class == StreamClass.Call ? MaxCallConnections : 1;
        PeerSession? replaced = null;
        lock (_lock)
        {
            if (!HasRoomFor(session.Peer.NodeId))
            {
                return false;
            }

            var same = _sessions.FindAll(s => s.Peer.NodeId == session.Peer.NodeId && s.Peer.Class == session.Peer.Class);
            if (same.Count >= kept)
            {
                replaced = same[0];
                _sessions.Remove(replaced);
            }

            _sessions.Add(session);
        }

        replaced?.Close();
        return true;
    }

    public void Remove(PeerSession session)
    {
        lock (_lock)
        {
            _sessions.Remove(session);
        }
    }

    public void CloseAll()
    {
        lock (_lock)
        {
            _sessions.ForEach(s => s.Close());
        }
    }
}
