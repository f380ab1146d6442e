namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>A peer after the hello exchange.</summary>
/// <param name="Facts">What it says of itself. The node id is proven when <paramref name="Proof"/> is a certificate.</param>
/// <param name="Class">What the connection is for.</param>
/// <param name="Proof">How it has shown who it is.</param>
/// <param name="Version">Its protocol version.</param>
public sealed record PeerHello(PeerFacts Facts, StreamClass Class, PeerProof Proof, ushort Version)
{
    public ulong NodeId => Facts.NodeId;
}
