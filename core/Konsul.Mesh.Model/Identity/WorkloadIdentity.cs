using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Model.Identity;

/// <summary>A leaf with its key, ready for handshakes, and the bundle its peers are checked against. Immutable; a renewal makes a new one.</summary>
/// <param name="Id">The SPIFFE id that the leaf carries.</param>
/// <param name="Leaf">The certificate with its private key.</param>
/// <param name="Handshake">The same with its intermediates, built once and offline, as both ends of TLS want it.</param>
/// <param name="Bundle">Whom to trust.</param>
public sealed record WorkloadIdentity(SpiffeId Id, X509Certificate2 Leaf, SslStreamCertificateContext Handshake, TrustBundle Bundle)
{
    public DateTimeOffset NotBefore => Leaf.NotBefore.ToUniversalTime();

    public DateTimeOffset NotAfter => Leaf.NotAfter.ToUniversalTime();
}
