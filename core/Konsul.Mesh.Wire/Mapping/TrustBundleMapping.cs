using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Wire.V1;
using TrustBundle = Konsul.Mesh.Model.Identity.TrustBundle;

namespace Konsul.Mesh.Wire.Mapping;

public static class TrustBundleMapping
{
    private const int MaxRoots = 64;

    public static V1.TrustBundle ToWire(TrustBundle bundle)
    {
        var wire = new V1.TrustBundle { TrustDomain = bundle.TrustDomain.ToString() };
        wire.Roots.AddRange(bundle.Roots.Select(root => ByteString.CopyFrom(root.Span)));
        return wire;
    }

    /// <summary>Null when <paramref name="bundle"/> is set, else what is wrong. Every root is a certificate that parses.</summary>
    public static string? TryRead(string name, ByteString body, out TrustBundle? bundle)
    {
        bundle = null;
        var fields = new ResourceFields(ResourceType.TrustBundle, name);
        if (!fields.TryParse(V1.TrustBundle.Parser, body, out var wire))
        {
            return fields.Error;
        }

        if (!TrustDomain.TryParse(wire.TrustDomain, out var domain) || wire.TrustDomain != name)
        {
            fields.Fail("trust_domain", "is not the trust domain that the name says");
        }

        if (wire.Roots.Count is 0 or > MaxRoots)
        {
            fields.Fail("roots", $"must be from 1 to {MaxRoots} certificates");
        }
        else if (!wire.Roots.All(IsCertificate))
        {
            fields.Fail("roots", "hold something that is not a DER certificate");
        }

        if (fields.Good)
        {
            bundle = new TrustBundle(domain, [.. wire.Roots.Select(root => (ReadOnlyMemory<byte>)root.ToByteArray())]);
        }

        return fields.Error;
    }

    private static bool IsCertificate(ByteString der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
