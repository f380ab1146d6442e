using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>A self-signed certificate for TLS before the mesh has issued one. Nobody trusts it; it gives the session a key that a proof can name.</summary>
internal static class EphemeralCertificate
{
    private const int LifetimeDays = 3650;

    public static SslStreamCertificateContext Create(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=konsul-server", key, HashAlgorithmName.SHA256);
        var now = time.GetUtcNow();
        return SslStreamCertificateContext.Create(request.CreateSelfSigned(now.AddDays(-1), now.AddDays(LifetimeDays)), null, offline: true);
    }
}
