using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

/// <summary>A server's identity under a test CA, judged by the product's own rules for certificates.</summary>
internal sealed class TestIdentity(CertFactory? certs, X509Certificate2? leaf = null) : IPeerIdentity
{
    private volatile SslStreamCertificateContext? _current = leaf is null ? null : SslStreamCertificateContext.Create(leaf, null, offline: true);

    public static TestIdentity None => new(null);

    public SslStreamCertificateContext? Current => _current;

    /// <summary>Turns true when nobody is to be believed any more.</summary>
    public bool RejectAll { get; set; }

    /// <summary>A good certificate of that node.</summary>
    public static TestIdentity Of(CertFactory certs, ulong node) => new(certs, Leaf(certs, node));

    public static X509Certificate2 Leaf(CertFactory certs, ulong node) => certs.Leaf(Shape(certs, node));

    public static LeafShape Shape(CertFactory certs, ulong node) => new() { Uris = [$"spiffe://{certs.TrustDomain}{ServerName.PathOf(node)}"] };

    public void Set(X509Certificate2 leaf) => _current = SslStreamCertificateContext.Create(leaf, null, offline: true);

    public bool Verify(X509Certificate2 leaf, X509Certificate2Collection others, PeerRole role, out ulong nodeId, out string reason)
    {
        nodeId = 0;
        if (certs is null || RejectAll)
        {
            reason = "There is no bundle to judge by.";
            return false;
        }

        var usage = role == PeerRole.Dialer ? SvidUsage.Client : SvidUsage.Server;
        var result = SvidVerifier.For(certs.Bundle).Verify(leaf, others, TimeProvider.System.GetUtcNow(), usage);
        reason = result.Accepted ? $"{result.Id} is no server." : result.Reason;
        return result.Accepted && ServerName.TryReadPath(result.Id.Path, out nodeId);
    }
}
