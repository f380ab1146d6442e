using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Raft.Host.Peers.Handshake;

/// <summary>
/// TLS between servers: 1.3 only, both ends show a certificate, no resumption (a resumed session carries an identity that was judged earlier),
/// no renegotiation, the operating system's roots have no say. TLS proves that the peer holds its certificate's key; whether the certificate
/// is worth anything is judged after the hello, see <see cref="PeerHandshake"/>.
/// </summary>
internal static class PeerTls
{
    /// <summary>Certificates beside the leaf that are kept to judge it; path building is exponential in the worst case.</summary>
    private const int MaxOthers = 8;

    private static readonly SslApplicationProtocol Protocol = new("konsul-raft/1");

    public static async Task<PeerCertificates> AuthenticateAsync(
        SslStream tls, PeerRole self, SslStreamCertificateContext certificate, CancellationToken cancellationToken)
    {
        PeerCertificates? seen = null;
        bool Validate(object sender, X509Certificate? leaf, X509Chain? chain, SslPolicyErrors errors)
        {
            seen?.Dispose();
            seen = leaf is null ? null : Copy(leaf, chain);
            return seen is not null;
        }

        try
        {
            if (self == PeerRole.Dialer)
            {
                await tls.AuthenticateAsClientAsync(Client(certificate, Validate), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await tls.AuthenticateAsServerAsync(Server(certificate, Validate), cancellationToken).ConfigureAwait(false);
            }

            if (tls.NegotiatedApplicationProtocol != Protocol || tls.SslProtocol != SslProtocols.Tls13)
            {
                throw new AuthenticationException("The peer does not speak the protocol of servers.");
            }

            return seen ?? throw new AuthenticationException("The peer showed no certificate.");
        }
        catch
        {
            seen?.Dispose();
            throw;
        }
    }

    internal static SslClientAuthenticationOptions Client(SslStreamCertificateContext certificate, RemoteCertificateValidationCallback validate) => new()
    {
        TargetHost = "konsul-server",
        ClientCertificateContext = certificate,
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [Protocol],
        AllowTlsResume = false,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = NoStore(),
        RemoteCertificateValidationCallback = validate,
    };

    internal static SslServerAuthenticationOptions Server(SslStreamCertificateContext certificate, RemoteCertificateValidationCallback validate) => new()
    {
        ServerCertificateContext = certificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [Protocol],
        AllowTlsResume = false,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = NoStore(),
        RemoteCertificateValidationCallback = validate,
    };

    /// <summary>SslStream disposes of what it shows to the callback.</summary>
    private static PeerCertificates Copy(X509Certificate leaf, X509Chain? chain)
    {
        var others = new X509Certificate2Collection();
        foreach (var other in chain?.ChainPolicy.ExtraStore.Take(MaxOthers + 1) ?? [])
        {
            others.Add(X509CertificateLoader.LoadCertificate(other.RawDataMemory.Span));
        }

        return new PeerCertificates(X509CertificateLoader.LoadCertificate(leaf.GetRawCertData()), others);
    }

    /// <summary>SslStream builds a chain before it asks us, whatever we answer; against no root and offline it is cheap.</summary>
    private static X509ChainPolicy NoStore() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        DisableCertificateDownloads = true,
        RevocationMode = X509RevocationMode.NoCheck,
    };
}
