using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Ca;

/// <summary>Everything needed to sign again after a restart; safe to store and to replicate, as the key is sealed.</summary>
/// <param name="ClusterId">Gives the trust domain its name.</param>
/// <param name="Certificate">DER of the self-signed root.</param>
/// <param name="Key">The private key in an envelope of <see cref="SealedKey"/>.</param>
/// <param name="KeyId">The root's subject key identifier, hex with colons.</param>
public sealed record SealedRoot(Guid ClusterId, ReadOnlyMemory<byte> Certificate, ReadOnlyMemory<byte> Key, string KeyId)
{
    public TrustDomain TrustDomain => TrustDomain.ForCluster(ClusterId);

    /// <summary>The same name and key certified by the root before this one (DER); leaves ship with it, so that whoever trusts only that one
    /// believes them. Empty for none.</summary>
    public ReadOnlyMemory<byte> CrossSigned { get; init; }
}
