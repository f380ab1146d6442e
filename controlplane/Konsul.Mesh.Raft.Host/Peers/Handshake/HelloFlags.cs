namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

[Flags]
internal enum HelloFlags : byte
{
    None = 0,

    /// <summary>The certificate of this TLS connection is one of the mesh.</summary>
    HasCertificate = 1,

    HasToken = 2,
}
