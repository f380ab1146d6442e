using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Ca.Tests;

/// <summary>Requests as peers may send them.</summary>
internal static class Csr
{
    public static byte[] For(ECDsa key, params string[] uris) =>
        WithNames(new CertificateRequest("CN=ignored", key, HashAlgorithmName.SHA256), uris).CreateSigningRequest();

    public static byte[] For(RSA key) =>
        new CertificateRequest("CN=ignored", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();

    public static CertificateRequest WithNames(CertificateRequest request, params string[] uris)
    {
        if (uris.Length > 0)
        {
            var names = CertFactory.Names([.. uris.Select(u => (6, u))]);
            request.CertificateExtensions.Add(new X509Extension(SubjectAlternativeNames.Oid, names, critical: false));
        }

        return request;
    }
}
