namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>Which end of a connection.</summary>
public enum PeerRole
{
    Dialer,
    Listener,
}
