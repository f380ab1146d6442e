using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Proxy.Control;

/// <summary>A trust bundle as PEM: the roots of one trust domain, which each of them names in a URI of its own.</summary>
internal static class RootsFile
{
    /// <exception cref="CryptographicException">A certificate cannot be read.</exception>
    /// <exception cref="InvalidDataException">No certificate, or no trust domain in it, or several.</exception>
    public static TrustBundle Parse(string pem)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(pem);
        try
        {
            if (roots.Count == 0)
            {
                throw new InvalidDataException("There is no certificate in it.");
            }

            var domains = roots.Select(DomainOf).Distinct().ToList();
            return domains is [{ } domain]
                ? new TrustBundle(domain, [.. roots.Select(root => (ReadOnlyMemory<byte>)root.RawData)])
                : throw new InvalidDataException("Its certificates do not name one SPIFFE trust domain.");
        }
        finally
        {
            foreach (var root in roots)
            {
                root.Dispose();
            }
        }
    }

    public static string ToPem(TrustBundle bundle)
    {
        var pem = new StringBuilder();
        foreach (var root in bundle.Roots)
        {
            pem.Append(PemEncoding.Write("CERTIFICATE", root.Span)).Append('\n');
        }

        return pem.ToString();
    }

    private static TrustDomain? DomainOf(X509Certificate2 root)
    {
        const string scheme = "spiffe://";
        var extension = root.Extensions.FirstOrDefault(e => e.Oid?.Value == SubjectAlternativeNames.Oid);
        return extension is not null
            && SubjectAlternativeNames.TryReadUris(extension.RawData, out var uris)
            && uris is [var uri]
            && uri.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && TrustDomain.TryParse(uri[scheme.Length..].TrimEnd('/').ToLowerInvariant(), out var domain)
                ? domain
                : null;
    }
}
