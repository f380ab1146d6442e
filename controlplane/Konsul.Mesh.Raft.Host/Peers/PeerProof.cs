namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>How a peer has shown who it is.</summary>
public enum PeerProof
{
    /// <summary>By a certificate of the mesh that names its node id.</summary>
    Certificate,

    /// <summary>By the join token: it belongs to us, and its node id is what it says.</summary>
    Token,

    /// <summary>Not at all: both ends are on this machine's loopback and there is no token.</summary>
    Loopback,
}
