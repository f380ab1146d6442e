using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Ca;

internal static class CertificateText
{
    public static string Hex(ReadOnlySpan<byte> bytes) => string.Join(':', bytes.ToArray().Select(b => b.ToString("x2", null)));

    public static string Pem(ReadOnlySpan<byte> der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    /// <summary>Empty if the certificate names no key.</summary>
    public static string KeyId(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } keyId
            ? Hex(keyId.SubjectKeyIdentifierBytes.Span)
            : "";
}
