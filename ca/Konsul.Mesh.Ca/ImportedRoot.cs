using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Ca;

/// <summary>A root that an operator made elsewhere and hands over with its key. Everything about it is checked before it may become ours.</summary>
public static class ImportedRoot
{
    private const int MaxPem = 16 * 1024;

    /// <exception cref="FormatException">A sentence that says what is wrong with the pair; the key is never quoted.</exception>
    /// <param name="clusterId">Whose trust domain it must name.</param>
    /// <param name="certificatePem">One self-signed CA certificate with the URI <c>spiffe://&lt;trust domain&gt;</c>.</param>
    /// <param name="keyPem">Its private key: EC P-256 or P-384, PKCS#8 or SEC 1, not encrypted.</param>
    /// <param name="keyEncryptionKey">What the key is sealed under.</param>
    /// <param name="now">It must be valid now.</param>
    public static SealedRoot Read(Guid clusterId, string certificatePem, string keyPem, ReadOnlySpan<byte> keyEncryptionKey, DateTimeOffset now)
    {
        if (certificatePem.Length > MaxPem || keyPem.Length > MaxPem)
        {
            throw new FormatException($"RootCert and PrivateKey may have {MaxPem} characters at most.");
        }

        using var certificate = Certificate(certificatePem);
        using var key = Key(keyPem);
        if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
        {
            throw new FormatException("PrivateKey is not the key of RootCert.");
        }

        if (Refusal(certificate, TrustDomain.ForCluster(clusterId), now) is { } reason)
        {
            throw new FormatException($"RootCert {reason}.");
        }

        return new SealedRoot(
            clusterId, certificate.RawData, CertificateAuthority.Seal(key, keyEncryptionKey, certificate.RawDataMemory.Span), CertificateText.KeyId(certificate));
    }

    private static string? Refusal(X509Certificate2 certificate, TrustDomain domain, DateTimeOffset now)
    {
        if (!certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
        {
            return "is not self-signed";
        }

        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().SingleOrDefault() is not { CertificateAuthority: true, HasPathLengthConstraint: false })
        {
            return "must be a CA's, without a limit on the length of paths";
        }

        if (certificate.Extensions.OfType<X509KeyUsageExtension>().SingleOrDefault()?.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign) != true)
        {
            return "must have the key usage keyCertSign";
        }

        if (CertificateText.KeyId(certificate).Length == 0)
        {
            return "must have a subject key identifier";
        }

        var names = certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeNames.Oid).ToList();
        if (names is not [var name] || !SubjectAlternativeNames.TryReadUris(name.RawData, out var uris) || uris is not [var uri] || uri != $"spiffe://{domain}")
        {
            return $"must have exactly one URI, spiffe://{domain}";
        }

        return now < certificate.NotBefore.ToUniversalTime() || now + LeafPolicy.DefaultLifetime > certificate.NotAfter.ToUniversalTime()
            ? "must be valid now and for longer than a leaf"
            : null;
    }

    private static X509Certificate2 Certificate(string pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException)
        {
            throw new FormatException("RootCert is not a certificate in PEM.");
        }
    }

    private static ECDsa Key(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return CertificateAuthority.CanHaveKey("ec", key.KeySize) ? key : throw new FormatException("PrivateKey must be on P-256 or P-384.");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new FormatException("PrivateKey is not an EC key in PEM.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
