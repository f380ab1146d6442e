using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Model.Identity;

/// <summary>The rules of X509-SVID sections 2-5 that a leaf shows by itself, without its issuers. Throws <see cref="CryptographicException"/> for what cannot be read.</summary>
internal static class SvidProfile
{
    private const string BasicConstraintsOid = "2.5.29.19";
    private const string KeyUsageOid = "2.5.29.15";
    private const string ExtendedKeyUsageOid = "2.5.29.37";
    private const X509KeyUsageFlags Signing = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;

    public static SvidResult Check(X509Certificate2 leaf, SvidUsage usage)
    {
        var extensions = leaf.Extensions;
        return CheckConstraints(extensions, usage) ?? ReadId(extensions);
    }

    private static SvidResult? CheckConstraints(X509ExtensionCollection extensions, SvidUsage usage)
    {
        if (Single(extensions, BasicConstraintsOid) is X509BasicConstraintsExtension { CertificateAuthority: true })
        {
            return SvidResult.Refuse(SvidRefusal.IsAuthority, "The certificate is a CA's; a workload's has cA=false.");
        }

        var keyUsage = (Single(extensions, KeyUsageOid) as X509KeyUsageExtension)?.KeyUsages ?? X509KeyUsageFlags.None;
        if ((keyUsage & X509KeyUsageFlags.DigitalSignature) == 0 || (keyUsage & Signing) != 0)
        {
            return SvidResult.Refuse(SvidRefusal.KeyUsage, $"The key usage is {keyUsage}; it needs DigitalSignature, without KeyCertSign and CrlSign.");
        }

        if (Single(extensions, ExtendedKeyUsageOid) is X509EnhancedKeyUsageExtension extended
            && !extended.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value == OidOf(usage).Value))
        {
            return SvidResult.Refuse(SvidRefusal.ExtendedKeyUsage, $"The extended key usage does not allow the role {usage}.");
        }

        return null;
    }

    private static SvidResult ReadId(X509ExtensionCollection extensions)
    {
        var names = Single(extensions, SubjectAlternativeNames.Oid);
        if (names is null)
        {
            return SvidResult.Refuse(SvidRefusal.NoUriName, "The certificate has no subject alternative name.");
        }

        if (!SubjectAlternativeNames.TryReadUris(names.RawData, out var uris))
        {
            return SvidResult.Refuse(SvidRefusal.Malformed, "The subject alternative names are not well-formed.");
        }

        return uris switch
        {
            [] => SvidResult.Refuse(SvidRefusal.NoUriName, "The certificate has no URI among its names."),
            [var uri] when SpiffeId.TryParse(uri, out var id) => SvidResult.Accept(id),
            [var uri] => SvidResult.Refuse(SvidRefusal.BadId, $"\"{uri}\" is not a workload's SPIFFE id."),
            _ => SvidResult.Refuse(SvidRefusal.SeveralUriNames, $"The certificate has {uris.Length} URIs; exactly one is allowed."),
        };
    }

    public static Oid OidOf(SvidUsage usage) => usage == SvidUsage.Server ? ServerAuthentication : ClientAuthentication;

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>The extension, or null; two of a kind are forbidden (RFC 5280 section 4.2) because readers differ in which one they believe.</summary>
    private static X509Extension? Single(X509ExtensionCollection extensions, string oid)
    {
        X509Extension? found = null;
        foreach (var extension in extensions)
        {
            if (extension.Oid?.Value != oid)
            {
                continue;
            }

            found = found is null ? extension : throw new CryptographicException($"The extension {oid} occurs twice.");
        }

        return found;
    }
}
