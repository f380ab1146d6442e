using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Ca;

/// <summary>What an API tells about a root certificate. Hex is lower case with colons, as in Consul's answers.</summary>
public sealed record RootDescription
{
    /// <summary>SHA-1 fingerprint of the certificate: a name for it, not a protection.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string SerialNumber { get; init; }

    /// <summary>The subject key identifier, which leaves repeat as their authority key identifier.</summary>
    public required string SigningKeyId { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>PEM, ends with a line feed.</summary>
    public required string Pem { get; init; }

    /// <summary>"ec" or "rsa".</summary>
    public required string KeyType { get; init; }

    public required int KeyBits { get; init; }

    /// <exception cref="CryptographicException">Not a certificate.</exception>
    public static RootDescription FromDer(ReadOnlySpan<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        using var ec = certificate.GetECDsaPublicKey();
        using var rsa = certificate.GetRSAPublicKey();
        return new RootDescription
        {
            Id = CertificateText.Hex(Convert.FromHexString(certificate.Thumbprint)),
            Name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            SerialNumber = CertificateText.Hex(certificate.SerialNumberBytes.Span),
            SigningKeyId = CertificateText.KeyId(certificate),
            NotBefore = certificate.NotBefore.ToUniversalTime(),
            NotAfter = certificate.NotAfter.ToUniversalTime(),
            Pem = CertificateText.Pem(der),
            KeyType = rsa is null ? "ec" : "rsa",
            KeyBits = rsa?.KeySize ?? ec?.KeySize ?? 0,
        };
    }
}
