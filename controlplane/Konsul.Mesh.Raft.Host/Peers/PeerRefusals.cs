namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>What a refusal says to people. Only the number travels: a peer that is not proven learns no more than that.</summary>
internal static class PeerRefusals
{
    public static string Text(PeerRefusal refusal) => refusal switch
    {
        PeerRefusal.WrongCluster => "the cluster ids differ.",
        PeerRefusal.DuplicateNodeId => "both servers have the same node id.",
        PeerRefusal.Self => "the address is this server's own.",
        PeerRefusal.TokenMismatch => "the join tokens differ.",
        PeerRefusal.TokenRequired => "first contact needs a join token on both ends, save between loopback addresses.",
        PeerRefusal.UnknownVersion => "the versions share no protocol.",
        PeerRefusal.NodeRemoved => "the node was removed from the cluster.",
        PeerRefusal.CertificateRejected => "the certificate is not valid in this mesh.",
        PeerRefusal.NodeIdMismatch => "the certificate names another node.",
        PeerRefusal.UnexpectedNode => "another node answers at this address.",
        PeerRefusal.TooManyPeers => "there are too many servers already.",
        PeerRefusal.UnknownClass => "the kind of stream is not known.",
        PeerRefusal.NotAdmitted => "the node is not admitted.",
        _ => $"refusal {(byte)refusal}, which this version does not know.",
    };
}
