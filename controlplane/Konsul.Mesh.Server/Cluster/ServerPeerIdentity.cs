using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Server.Certificates;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>
/// Who this server is towards the other servers: a leaf of the mesh's own CA that names its id, from when the CA is open; replaced between 50 %
/// and 70 % of its life.
/// </summary>
internal sealed class ServerPeerIdentity : IPeerIdentity, IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);
    private readonly LeafIssuer _issuer;
    private readonly AuthorityHolder _authority;
    private readonly IRandom _random;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _renewal;
    private readonly Lock _making = new();
    private volatile SslStreamCertificateContext? _current;
    private ulong _node;

    public ServerPeerIdentity(LeafIssuer issuer, AuthorityHolder authority, IRandom random, TimeProvider time, ILogger<ServerPeerIdentity> log)
    {
        (_issuer, _authority, _random, _time, _log) = (issuer, authority, random, time, log);
        _renewal = time.CreateTimer(static state => ((ServerPeerIdentity)state!).Renew(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public SslStreamCertificateContext? Current => _current;

    /// <summary>The CA is open.</summary>
    public void Start(ulong node)
    {
        _node = node;
        Renew();
        _issuer.SignerChanged += Renew;
    }

    public bool Verify(X509Certificate2 leaf, X509Certificate2Collection others, PeerRole role, out ulong nodeId, out string reason)
    {
        nodeId = 0;
        if (!_authority.IsOpen)
        {
            reason = "This server knows no roots yet.";
            return false;
        }

        var usage = role == PeerRole.Listener ? SvidUsage.Server : SvidUsage.Client;
        var result = SvidVerifier.For(_authority.Bundle).Verify(leaf, others, _time.GetUtcNow(), usage);
        reason = result.Accepted ? "" : result.Reason;
        if (!result.Accepted)
            return false;
        if (ServerName.TryReadPath(result.Id.Path, out nodeId))
            return true;
        reason = $"{result.Id} is no server.";
        return false;
    }

    public void Dispose()
    {
        _issuer.SignerChanged -= Renew;
        _renewal.Dispose();
    }

    private void Renew()
    {
        try
        {
            Make();
        }
        catch (CryptographicException e)
        {
            _log.LogError("The certificate towards other servers could not be renewed: {Reason}", e.Message);
            _renewal.Change(RetryAfter, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>By one at a time, so that the timer's certificate does not overwrite that of a newer root.</summary>
    private void Make()
    {
        lock (_making)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var id = SpiffeId.Parse($"spiffe://{_authority.Authority.TrustDomain}{ServerName.PathOf(_node)}");
            var issued = _issuer.SignOwn(key, id, LeafPolicy.Default with { Lifetime = _issuer.Lifetime });
            _current = OwnLeaf.Context(issued, key);
            var after = RenewalSchedule.RenewAt(issued.NotBefore, issued.NotAfter, _random) - _time.GetUtcNow();
            _renewal.Change(after > TimeSpan.Zero ? after : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
