using System.Security.Cryptography;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>Every leaf that leaves this server is signed here: limited, counted and logged with its serial number and for whom.</summary>
internal sealed class LeafIssuer(
    AuthorityHolder holder, string datacenter, Func<CaSettings> settings, IssueLimiter limiter, CaMetrics metrics, TimeProvider time, ILogger<LeafIssuer> log)
{
    private const string Limited = "limited";

    public CertificateAuthority Authority => holder.Authority;

    public DateTimeOffset RootNotAfter => RootDescription.FromDer(Authority.Root.Certificate.Span).NotAfter;

    /// <summary>Whom to believe, the root that signs first.</summary>
    public TrustBundle Bundle => holder.Bundle;

    public TimeSpan Lifetime => settings().LeafTtl;

    /// <summary>See <see cref="AuthorityHolder.SignerChanged"/>.</summary>
    public event Action? SignerChanged
    {
        add => holder.SignerChanged += value;
        remove => holder.SignerChanged -= value;
    }

    public SpiffeId IdOf(string service) => SpiffeId.ForService(Authority.TrustDomain, Names.DefaultNamespace, datacenter, service);

    /// <summary>Null when too many are being signed.</summary>
    public SigningResult? TrySign(ReadOnlyMemory<byte> csr, SpiffeId id, string requester)
    {
        using var permit = Enter();
        return permit is null ? RefuseByLimit(id, requester) : Note(Authority.Sign(csr, id, Policy(), time.GetUtcNow()), id, requester);
    }

    /// <summary>For a key made in this process. Null when too many are being signed.</summary>
    public SigningResult? TrySign(ECDsa key, SpiffeId id, string requester)
    {
        using var permit = Enter();
        return permit is null ? RefuseByLimit(id, requester) : Note(Authority.Sign(key, id, Policy(), time.GetUtcNow()), id, requester);
    }

    /// <summary>The server's own leaf; not limited, for without it nobody could be served.</summary>
    public IssuedCertificate SignOwn(ECDsa key, LeafPolicy policy) => SignOwn(key, SpiffeId.ForServer(Authority.TrustDomain, datacenter), policy);

    /// <summary>The server's own leaf under another name than its gRPC port's.</summary>
    public IssuedCertificate SignOwn(ECDsa key, SpiffeId id, LeafPolicy policy)
    {
        var result = Note(Authority.Sign(key, id, policy, time.GetUtcNow()), id, "this server");
        return result.Certificate ?? throw new CryptographicException(result.Reason);
    }

    /// <summary>A request that was refused before it came to signing.</summary>
    /// <param name="reason">A short word of a fixed set.</param>
    public void Refused(string reason, string requester, string why)
    {
        metrics.Rejected(reason).Increment();
        log.LogWarning("Refused a certificate to {Requester}: {Reason}", requester, why);
    }

    private IDisposable? Enter()
    {
        var current = settings();
        limiter.Set(current.CsrMaxPerSecond, current.CsrMaxConcurrent > 0 ? current.CsrMaxConcurrent : Environment.ProcessorCount * 2);
        return limiter.TryEnter();
    }

    private LeafPolicy Policy() => LeafPolicy.Default with { Lifetime = Lifetime };

    private SigningResult? RefuseByLimit(SpiffeId id, string requester)
    {
        Refused(Limited, requester, $"too many requests at once; {id} may try again");
        return null;
    }

    private SigningResult Note(SigningResult result, SpiffeId id, string requester)
    {
        if (result.Certificate is { } issued)
        {
            metrics.Issued.Increment();
            log.LogInformation(
                "Issued certificate {Serial} for {Id}, valid until {NotAfter:u}, to {Requester}", issued.SerialNumber, id, issued.NotAfter, requester);
        }
        else
        {
            Refused(result.Refusal.ToString(), requester, result.Reason);
        }

        return result;
    }
}
