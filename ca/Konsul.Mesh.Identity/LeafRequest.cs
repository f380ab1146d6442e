using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Identity;

/// <summary>A fresh P-256 key, the request for it, and the check of what came back.</summary>
internal sealed class LeafRequest : IDisposable
{
    private const int MaxChain = 1 + SvidVerifier.MaxOtherCertificates;
    private readonly ECDsa _key;

    public LeafRequest()
        : this(ECDsa.Create(ECCurve.NamedCurves.nistP256))
    {
    }

    private LeafRequest(ECDsa key) => _key = key;

    /// <summary>For a key from the cache. Throws <see cref="CryptographicException"/> if it is none.</summary>
    public static LeafRequest FromKey(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return new LeafRequest(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>PKCS#10 with no name: who we are is the signer's to say.</summary>
    public byte[] Encode() => new CertificateRequest(new X500DistinguishedName(""), _key, HashAlgorithmName.SHA256).CreateSigningRequest();

    /// <summary>The identity, if our peers would accept the chain in both roles and its key is ours.</summary>
    /// <exception cref="CryptographicException">Says what is wrong with the answer.</exception>
    public WorkloadIdentity Complete(SignedChain signed, DateTimeOffset now)
    {
        if (signed.Chain.Length is < 1 or > MaxChain)
        {
            throw new CryptographicException($"The signer sent {signed.Chain.Length} certificates; 1 to {MaxChain} are expected.");
        }

        using var bare = X509CertificateLoader.LoadCertificate(signed.Chain[0].Span);
        if (!bare.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_key.ExportSubjectPublicKeyInfo()))
        {
            throw new CryptographicException("The certificate is for another key than ours.");
        }

        X509Certificate2Collection others = [.. signed.Chain.Skip(1).Select(der => X509CertificateLoader.LoadCertificate(der.Span))];
        var id = Verify(bare, others, signed.Bundle, now, SvidUsage.Server);
        Verify(bare, others, signed.Bundle, now, SvidUsage.Client);
        var leaf = bare.CopyWithPrivateKey(_key);
        return new WorkloadIdentity(id, leaf, SslStreamCertificateContext.Create(leaf, others, offline: true), signed.Bundle);
    }

    public void Dispose() => _key.Dispose();

    private static SpiffeId Verify(
        X509Certificate2 leaf, X509Certificate2Collection others, TrustBundle bundle, DateTimeOffset now, SvidUsage usage)
    {
        var result = SvidVerifier.For(bundle).Verify(leaf, others, now, usage);
        return result.Accepted ? result.Id : throw new CryptographicException($"Our peers would refuse the certificate: {result.Reason}");
    }
}
