using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>This server's certificate, and its judgement of others'. Called from any thread; must not block.</summary>
public interface IPeerIdentity
{
    /// <summary>Leaf and key, ready for handshakes; null before the mesh has issued one. It may change at any time.</summary>
    SslStreamCertificateContext? Current { get; }

    /// <summary>Whether there is one, and with it a bundle to judge others by.</summary>
    bool HasCertificate => Current is not null;

    /// <summary>Whether this is a valid server certificate of our trust domain now, see <see cref="ServerName"/>. Bad input is a result, not an exception.</summary>
    /// <param name="leaf">The peer's certificate; it has proven to hold the key.</param>
    /// <param name="others">What else the peer sent; bounded.</param>
    /// <param name="role">The peer's end of the connection.</param>
    /// <param name="nodeId">Whom it names.</param>
    /// <param name="reason">For the log when refused.</param>
    bool Verify(X509Certificate2 leaf, X509Certificate2Collection others, PeerRole role, out ulong nodeId, out string reason);
}
