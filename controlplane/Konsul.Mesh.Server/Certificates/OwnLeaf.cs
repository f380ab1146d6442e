using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Ca;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>A leaf that this server shows itself, with what ships with it.</summary>
internal static class OwnLeaf
{
    public static SslStreamCertificateContext Context(IssuedCertificate issued, ECDsa key)
    {
        X509Certificate2Collection others = [.. issued.Chain.Skip(1).Select(der => X509CertificateLoader.LoadCertificate(der.Span))];
        return SslStreamCertificateContext.Create(issued.WithKey(key), others, offline: true);
    }
}
