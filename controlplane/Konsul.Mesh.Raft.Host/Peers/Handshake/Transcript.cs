namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>What both ends have seen of one another when they prove the token: certificates in DER, hellos as they were on the wire.</summary>
internal sealed record Transcript(
    ReadOnlyMemory<byte> DialerCertificate, ReadOnlyMemory<byte> ListenerCertificate, byte[] DialerHello, byte[] ListenerHello);
