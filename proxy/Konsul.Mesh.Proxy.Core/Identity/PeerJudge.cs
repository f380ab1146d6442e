using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Proxy.Core.Identity;

/// <summary>Judges the peer of one handshake and keeps what was proven.</summary>
internal sealed class PeerJudge(TrustBundle bundle, SvidUsage usage, SpiffeId? expected, TimeProvider time)
{
    public SpiffeId? Id { get; private set; }

    public X509Certificate2? Leaf { get; private set; }

    public X509Certificate2Collection? Others { get; private set; }

    /// <summary>For operators; empty when accepted.</summary>
    public string Refusal { get; private set; } = "The handshake ended before the peer showed a certificate.";

    public TrustBundle Bundle => bundle;

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Leaf = certificate as X509Certificate2;
        var others = chain?.ChainPolicy.ExtraStore;
        var result = SvidVerifier.For(bundle).Verify(Leaf, others, time.GetUtcNow(), usage, expected);
        Id = result.Id;
        Refusal = result.Reason;
        if (result.Accepted && others is { Count: > 0 })
        {
            // SslStream disposes its chain after this call; what a later bundle is checked with must live as long as the connection.
            Others = [.. others.Select(c => X509CertificateLoader.LoadCertificate(c.RawDataMemory.Span))];
        }

        return result.Accepted;
    }
}
