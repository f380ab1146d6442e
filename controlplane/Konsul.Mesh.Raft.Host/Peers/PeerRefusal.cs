namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>Why a server will not talk to another one. The numbers are the ones on the wire; a closed set, fit for a metric label.</summary>
public enum PeerRefusal : byte
{
    None = 0,

    /// <summary>It belongs to another cluster.</summary>
    WrongCluster = 1,

    /// <summary>It uses this node's own id, and is another process.</summary>
    DuplicateNodeId = 2,

    /// <summary>The address leads back to this process.</summary>
    Self = 3,

    /// <summary>The other end has no join token, another one, or has one where this end has none.</summary>
    TokenMismatch = 4,

    /// <summary>First contact over a network needs a join token on both ends.</summary>
    TokenRequired = 5,

    /// <summary>The two versions share no protocol.</summary>
    UnknownVersion = 6,

    /// <summary>The node was removed from the cluster.</summary>
    NodeRemoved = 7,

    /// <summary>The certificate is not one of this mesh, or not valid now.</summary>
    CertificateRejected = 8,

    /// <summary>The certificate names another node than the hello.</summary>
    NodeIdMismatch = 9,

    /// <summary>Another node answers at this address than the one that was looked for.</summary>
    UnexpectedNode = 10,

    /// <summary>More servers than this one keeps connections to.</summary>
    TooManyPeers = 11,

    /// <summary>A stream class that this version does not know.</summary>
    UnknownClass = 12,

    /// <summary>The host's own rule; its log says more.</summary>
    NotAdmitted = 13,
}
