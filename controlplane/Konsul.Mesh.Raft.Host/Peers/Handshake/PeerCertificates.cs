using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>What a peer showed in TLS.</summary>
internal sealed record PeerCertificates(X509Certificate2 Leaf, X509Certificate2Collection Others) : IDisposable
{
    public void Dispose()
    {
        Leaf.Dispose();
        foreach (var other in Others)
        {
            other.Dispose();
        }
    }
}
