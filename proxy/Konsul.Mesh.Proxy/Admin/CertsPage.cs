using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Proxy.Admin;

/// <summary>The certificate in use and the roots that peers are checked against; never a key.</summary>
internal static class CertsPage
{
    public static JsonObject Create(WorkloadIdentity? identity, DateTimeOffset now)
    {
        if (identity is null)
        {
            return new JsonObject { ["id"] = null, ["chain"] = new JsonArray(), ["roots"] = new JsonArray() };
        }

        var chain = identity.Handshake.IntermediateCertificates.Prepend(identity.Leaf).Select(c => (JsonNode)Describe(c));
        var roots = identity.Bundle.Roots.Select(der =>
        {
            using var root = X509CertificateLoader.LoadCertificate(der.Span);
            return (JsonNode)Describe(root);
        });
        return new JsonObject
        {
            ["id"] = identity.Id.ToString(),
            ["serial"] = Serial(identity.Leaf),
            ["notBefore"] = identity.NotBefore.ToString("O"),
            ["notAfter"] = identity.NotAfter.ToString("O"),
            ["expiresInSeconds"] = Math.Round((identity.NotAfter - now).TotalSeconds),
            ["trustDomain"] = identity.Bundle.TrustDomain.ToString(),
            ["chain"] = new JsonArray([.. chain]),
            ["roots"] = new JsonArray([.. roots]),
        };
    }

    private static JsonObject Describe(X509Certificate2 certificate) => new()
    {
        ["subject"] = certificate.Subject,
        ["issuer"] = certificate.Issuer,
        ["serial"] = Serial(certificate),
        ["notBefore"] = new DateTimeOffset(certificate.NotBefore).ToUniversalTime().ToString("O"),
        ["notAfter"] = new DateTimeOffset(certificate.NotAfter).ToUniversalTime().ToString("O"),
        ["pem"] = certificate.ExportCertificatePem(),
    };

    private static string Serial(X509Certificate2 certificate) =>
        string.Join(':', certificate.SerialNumberBytes.ToArray().Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
}
