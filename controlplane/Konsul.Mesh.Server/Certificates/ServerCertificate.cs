using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// The certificate of the gRPC port, from the server's own CA, replaced between 50 % and 70 % of its life while connections go on. Clients
/// need no certificate; one that is presented must be a workload's of this trust domain, else the handshake fails.
/// </summary>
internal sealed class ServerCertificate : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);
    private readonly LeafIssuer _issuer;
    private readonly LeafPolicy _policy;
    private readonly IRandom _random;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _renewal;
    private readonly Lock _making = new();
    private SslStreamCertificateContext? _current;

    public ServerCertificate(LeafIssuer issuer, IPAddress bound, IRandom random, TimeProvider time, ILogger<ServerCertificate> log)
    {
        (_issuer, _random, _time, _log) = (issuer, random, time, log);
        var addresses = new HashSet<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        if (!bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any))
            addresses.Add(bound);
        _policy = LeafPolicy.Default with
        {
            DnsNames = [.. new[] { "localhost", Environment.MachineName }.Where(n => Uri.CheckHostName(n) == UriHostNameType.Dns).Distinct()],
            Addresses = [.. addresses],
        };
        _renewal = time.CreateTimer(static state => ((ServerCertificate)state!).Renew(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <exception cref="AuthenticationException">The CA is not open yet: the connection ends.</exception>
    public SslStreamCertificateContext Current =>
        Volatile.Read(ref _current) ?? throw new AuthenticationException("This server has no certificate yet.");

    /// <summary>The CA is open: makes the first one.</summary>
    public void Start()
    {
        Make();
        _issuer.SignerChanged += Renew;
    }

    /// <summary>Until the present certificate expires; null before the first.</summary>
    public TimeSpan? RemainingLife => Volatile.Read(ref _current)?.TargetCertificate.NotAfter.ToUniversalTime() - _time.GetUtcNow();

    /// <summary>What a new connection is answered with.</summary>
    public SslServerAuthenticationOptions Handshake() => new()
    {
        ServerCertificateContext = Current,
        ClientCertificateRequired = true,
        AllowTlsResume = false,
        CertificateChainPolicy = ChainPolicy(),
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => certificate is null || Verify(certificate as X509Certificate2, chain).Accepted,
    };

    /// <summary>Whom a client's certificate names, judged now: a connection may outlive the certificate it began with.</summary>
    public SvidResult Verify(X509Certificate2? certificate, X509Chain? chain = null) => SvidVerifier.For(_issuer.Bundle)
        .Verify(certificate, chain?.ChainPolicy.ExtraStore, _time.GetUtcNow(), SvidUsage.Client);

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
            _log.LogError("The server's own certificate could not be renewed: {Reason}", e.Message);
            _renewal.Change(RetryAfter, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>By one at a time, so that the timer's certificate does not overwrite that of a newer root.</summary>
    private void Make()
    {
        lock (_making)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var issued = _issuer.SignOwn(key, _policy with { Lifetime = _issuer.Lifetime });
            Volatile.Write(ref _current, OwnLeaf.Context(issued, key));
            var after = RenewalSchedule.RenewAt(issued.NotBefore, issued.NotAfter, _random) - _time.GetUtcNow();
            _renewal.Change(after > TimeSpan.Zero ? after : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>SslStream builds a chain before it asks us; this keeps that cheap and offline. Our verifier alone decides.</summary>
    private X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        foreach (var root in _issuer.Bundle.Roots)
            policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(root.Span));
        return policy;
    }
}
