using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Model.Identity;

/// <summary>
/// The one set of rules by which a peer's certificate is believed, on both ends of a connection and in the control plane: the SPIFFE
/// X.509-SVID standard, against the roots of one bundle; the operating system's store has no say. Thread-safe. Bad input is a result,
/// never an exception.
/// </summary>
/// <remarks>
/// The full check builds a chain. A peer reconnects with the same leaf many times, so leaves that passed are remembered by their SHA-256,
/// role and the interval in which every certificate of their chain is valid. A hit repeats the checks that depend on the call (time, expected
/// id); the others depend on nothing but the leaf's bytes and this bundle's roots, so a hit is as strict as the full check. Only accepted
/// leaves are remembered: what fills the memory has been signed by our own CA. A new bundle starts with an empty memory.
/// </remarks>
public sealed class SvidVerifier
{
    /// <summary>Certificates a peer may send beside its leaf; path building is exponential in the worst case.</summary>
    public const int MaxOtherCertificates = 8;

    private const int MaxRemembered = 4096;
    private static readonly ConditionalWeakTable<TrustBundle, SvidVerifier> Verifiers = new();
    private readonly TrustBundle _bundle;
    private readonly ImmutableArray<X509Certificate2> _roots;
    private readonly ConcurrentDictionary<Leaf, Proof> _remembered = new();

    private SvidVerifier(TrustBundle bundle)
    {
        _bundle = bundle;
        _roots = [.. bundle.Roots.Select(TryLoad).OfType<X509Certificate2>()];
    }

    /// <summary>The verifier of a bundle, made once per bundle instance. A root that cannot be read vouches for nobody.</summary>
    public static SvidVerifier For(TrustBundle bundle) => Verifiers.GetValue(bundle, static b => new SvidVerifier(b));

    /// <param name="leaf">The peer's certificate; null if it sent none.</param>
    /// <param name="others">What else the peer sent, in any order (in a TLS callback: the chain policy's ExtraStore); null for nothing.</param>
    /// <param name="now">The time at which every certificate of the chain must be valid.</param>
    /// <param name="usage">The peer's role in this connection.</param>
    /// <param name="expected">The only id to accept; null accepts every workload of the trust domain.</param>
    public SvidResult Verify(
        X509Certificate2? leaf, X509Certificate2Collection? others, DateTimeOffset now, SvidUsage usage, SpiffeId? expected = null)
    {
        if (leaf is null)
        {
            return SvidResult.Refuse(SvidRefusal.NoCertificate, "The peer sent no certificate.");
        }

        var key = Leaf.Of(leaf, usage);
        if (_remembered.TryGetValue(key, out var proof) && proof.From <= now && now <= proof.Until)
        {
            return CheckExpected(proof.Id, expected);
        }

        SvidResult full;
        try
        {
            full = VerifyFully(leaf, others, now, usage, out proof);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Dates and names are decoded on first use; what they throw for garbage differs by field.
            return SvidResult.Refuse(SvidRefusal.Malformed, $"The certificate cannot be read: {e.Message}");
        }

        if (!full.Accepted)
        {
            return full;
        }

        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }

        _remembered[key] = proof;
        return CheckExpected(full.Id, expected);
    }

    private SvidResult VerifyFully(
        X509Certificate2 leaf, X509Certificate2Collection? others, DateTimeOffset now, SvidUsage usage, out Proof proof)
    {
        proof = default;
        var own = SvidProfile.Check(leaf, usage);
        return own.Accepted
            ? CheckDomainAndTime(own.Id, leaf, now) ?? CheckChain(own.Id, leaf, others, now, usage, out proof)
            : own;
    }

    private static SvidResult CheckExpected(SpiffeId id, SpiffeId? expected) =>
        expected is null || id.Equals(expected)
            ? SvidResult.Accept(id)
            : SvidResult.Refuse(SvidRefusal.UnexpectedId, $"The peer is {id}; {expected} was expected.");

    private SvidResult? CheckDomainAndTime(SpiffeId id, X509Certificate2 leaf, DateTimeOffset now)
    {
        if (id.TrustDomain != _bundle.TrustDomain)
        {
            return SvidResult.Refuse(SvidRefusal.ForeignTrustDomain, $"The peer is {id}, which is not of trust domain {_bundle.TrustDomain}.");
        }

        if (now < From(leaf))
        {
            return SvidResult.Refuse(SvidRefusal.NotYetValid, $"The certificate of {id} is valid only from {From(leaf):u}; now is {now.UtcDateTime:u}.");
        }

        return now > Until(leaf)
            ? SvidResult.Refuse(SvidRefusal.Expired, $"The certificate of {id} expired at {Until(leaf):u}; now is {now.UtcDateTime:u}.")
            : null;
    }

    private SvidResult CheckChain(
        SpiffeId id, X509Certificate2 leaf, X509Certificate2Collection? others, DateTimeOffset now, SvidUsage usage, out Proof proof)
    {
        proof = default;
        if (others?.Count > MaxOtherCertificates)
        {
            return SvidResult.Refuse(
                SvidRefusal.TooManyCertificates, $"The peer sent {others.Count} certificates beside its own; at most {MaxOtherCertificates} are read.");
        }

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.DisableCertificateDownloads = true;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.VerificationTime = now.UtcDateTime;
        policy.VerificationTimeIgnored = false;
        policy.ApplicationPolicy.Add(SvidProfile.OidOf(usage));
        foreach (var root in _roots)
        {
            policy.CustomTrustStore.Add(root);
        }

        if (others is not null)
        {
            policy.ExtraStore.AddRange(others);
        }

        // Build's answer alone decides; the status flags only explain (CVE-2024-0057).
        if (!chain.Build(leaf))
        {
            var status = string.Join(", ", chain.ChainStatus.Select(s => s.Status).Distinct());
            return SvidResult.Refuse(SvidRefusal.Untrusted, $"No chain to a root of trust domain {_bundle.TrustDomain}: {status}.");
        }

        var certificates = chain.ChainElements.Select(e => e.Certificate).ToList();
        proof = new Proof(id, certificates.Max(From), certificates.Min(Until));
        return SvidResult.Accept(id);
    }

    private static DateTimeOffset From(X509Certificate2 certificate) => certificate.NotBefore.ToUniversalTime();

    private static DateTimeOffset Until(X509Certificate2 certificate) => certificate.NotAfter.ToUniversalTime();

    private static X509Certificate2? TryLoad(ReadOnlyMemory<byte> der)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(der.Span);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private readonly record struct Proof(SpiffeId Id, DateTimeOffset From, DateTimeOffset Until);

    private readonly record struct Leaf(UInt128 HashHigh, UInt128 HashLow, SvidUsage Usage)
    {
        public static Leaf Of(X509Certificate2 leaf, SvidUsage usage)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(leaf.RawDataMemory.Span, hash);
            var halves = MemoryMarshal.Cast<byte, UInt128>(hash);
            return new Leaf(halves[0], halves[1], usage);
        }
    }
}
