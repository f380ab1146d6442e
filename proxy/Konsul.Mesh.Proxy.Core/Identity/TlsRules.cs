using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Proxy.Core.Identity;

/// <summary>The TLS settings of both ends: TLS 1.3, no resumption (a resumed session would carry an identity that was judged earlier), no
/// renegotiation, the operating system's roots without a say, peers judged by <see cref="SvidVerifier"/> alone.</summary>
internal static class TlsRules
{
    public static SslApplicationProtocol KonsulTcp { get; } = new("konsul-tcp/1");

    public static SslServerAuthenticationOptions Server(
        PeerCredentials credentials, List<SslApplicationProtocol> protocols, RemoteCertificateValidationCallback validate) => new()
        {
            ServerCertificateContext = credentials.Identity.Handshake,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = protocols,
            AllowTlsResume = false,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = NoStore(),
            RemoteCertificateValidationCallback = validate,
        };

    public static SslClientAuthenticationOptions Client(
        PeerCredentials credentials, string sni, SslApplicationProtocol protocol, RemoteCertificateValidationCallback validate) => new()
        {
            TargetHost = sni,
            ClientCertificateContext = credentials.Identity.Handshake,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [protocol],
            AllowTlsResume = false,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = NoStore(),
            RemoteCertificateValidationCallback = validate,
        };

    /// <summary>SslStream builds a chain before it asks us, whatever we answer; against no root and offline it is cheap.</summary>
    private static X509ChainPolicy NoStore() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        DisableCertificateDownloads = true,
        RevocationMode = X509RevocationMode.NoCheck,
    };
}
