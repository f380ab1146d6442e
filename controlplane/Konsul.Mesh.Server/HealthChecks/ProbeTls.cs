using System.Net.Security;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>How checks speak TLS: verified against the system's roots, unless the registrant said not to.</summary>
internal static class ProbeTls
{
    /// <param name="definition">Says what to verify.</param>
    /// <param name="host">The name to verify where the registrant gave none.</param>
    /// <param name="protocols">What to offer by ALPN.</param>
    public static SslClientAuthenticationOptions Options(CheckDefinition definition, string host, params List<SslApplicationProtocol> protocols)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = definition.TlsServerName.Length > 0 ? definition.TlsServerName : host };
        if (protocols.Count > 0)
            options.ApplicationProtocols = protocols;
        if (definition.TlsSkipVerify)
            TrustAny(options);
        return options;
    }

    public static SslClientAuthenticationOptions TrustAny(SslClientAuthenticationOptions options)
    {
        options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        return options;
    }
}
