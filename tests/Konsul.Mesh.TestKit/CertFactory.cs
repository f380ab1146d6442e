using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.TestKit;

/// <summary>
/// A small CA for tests, on the product's own: good leaves and identities, and every kind of bad one. The root starts a day in the past, so
/// that expired leaves have an issuer that was valid with them.
/// </summary>
public sealed class CertFactory : IDisposable
{
    public const string Datacenter = "dc1";
    private readonly TimeProvider _time;
    private readonly byte[] _keyEncryptionKey = RandomNumberGenerator.GetBytes(SealedKey.KeyEncryptionKeySize);
    private readonly X509Certificate2 _root;

    public CertFactory(TimeProvider? time = null, Guid? clusterId = null)
    {
        _time = time ?? TimeProvider.System;
        ClusterId = clusterId ?? Guid.NewGuid();
        var root = CertificateAuthority.CreateRoot(ClusterId, _keyEncryptionKey, Now.AddDays(-1));
        Authority = CertificateAuthority.Open(root, _keyEncryptionKey);
        using var bare = X509CertificateLoader.LoadCertificate(root.Certificate.Span);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(SealedKey.Open(root.Key.Span, _keyEncryptionKey, SHA256.HashData(root.Certificate.Span)), out _);
        _root = bare.CopyWithPrivateKey(key);
    }

    public Guid ClusterId { get; }

    public CertificateAuthority Authority { get; }

    public TrustDomain TrustDomain => Authority.TrustDomain;

    public TrustBundle Bundle => Authority.Bundle;

    /// <summary>The root with its key.</summary>
    public X509Certificate2 Root => _root;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>An impostor: same trust domain, same names in its leaves, another root.</summary>
    public CertFactory Impostor() => new(_time, ClusterId);

    public SpiffeId Id(string service) => SpiffeId.ForService(TrustDomain, "default", Datacenter, service);

    /// <summary>A good leaf with its key.</summary>
    public X509Certificate2 Leaf(SpiffeId id, LeafPolicy? policy = null) => Issue(id, policy ?? LeafPolicy.Default, Now);

    public X509Certificate2 ExpiredLeaf(SpiffeId id) => Issue(id, new LeafPolicy { Lifetime = TimeSpan.FromHours(1) }, Now.AddHours(-2));

    public X509Certificate2 FutureLeaf(SpiffeId id) => Issue(id, LeafPolicy.Default, Now.AddHours(2));

    /// <summary>A leaf of any shape with its key, signed by the root, or by <paramref name="issuer"/> (which needs its key).</summary>
    public X509Certificate2 Leaf(LeafShape shape, X509Certificate2? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = Bare(shape, new PublicKey(key), issuer ?? _root);
        return bare.CopyWithPrivateKey(key);
    }

    /// <summary>The same for a public key, or for one that nobody keeps: some shapes are so wrong that .NET does not join them with a key.</summary>
    public X509Certificate2 BareLeaf(LeafShape shape, X509Certificate2? issuer = null, PublicKey? publicKey = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Bare(shape, publicKey ?? new PublicKey(key), issuer ?? _root);
    }

    /// <summary>An intermediate CA with its key, signed by the root.</summary>
    public X509Certificate2 Intermediate() => Leaf(new LeafShape
    {
        Subject = "CN=Konsul CA Intermediate",
        Uris = [$"spiffe://{TrustDomain}"],
        IsAuthority = true,
        KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
        ExtendedKeyUsages = [],
    });

    /// <summary>What a proxy holds: a good leaf of that service, ready for handshakes, and this factory's bundle.</summary>
    public WorkloadIdentity Identity(string service, LeafPolicy? policy = null) => Identity(Id(service), Leaf(Id(service), policy));

    /// <summary>The same around any leaf, good or bad.</summary>
    public WorkloadIdentity Identity(SpiffeId id, X509Certificate2 leaf, TrustBundle? bundle = null) =>
        new(id, leaf, SslStreamCertificateContext.Create(leaf, null, offline: true), bundle ?? Bundle);

    /// <summary>subjectAltName from (choice, text) pairs: 2 is a DNS name, 6 a URI (RFC 5280 section 4.2.1.6).</summary>
    public static byte[] Names(params (int Choice, string Text)[] names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (choice, text) in names)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, text, new Asn1Tag(TagClass.ContextSpecific, choice));
            }
        }

        return writer.Encode();
    }

    public void Dispose()
    {
        Authority.Dispose();
        _root.Dispose();
    }

    private X509Certificate2 Issue(SpiffeId id, LeafPolicy policy, DateTimeOffset at)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var result = Authority.Sign(key, id, policy, at);
        return result.Issued ? result.Certificate.WithKey(key) : throw new InvalidOperationException(result.Reason);
    }

    private X509Certificate2 Bare(LeafShape shape, PublicKey key, X509Certificate2 signer)
    {
        var request = new CertificateRequest(new X500DistinguishedName(shape.Subject), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(shape.IsAuthority, false, 0, critical: true));
        if (shape.KeyUsage is { } usage)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        }

        if (shape.ExtendedKeyUsages.Length > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. shape.ExtendedKeyUsages.Select(o => new Oid(o))], critical: false));
        }

        if (shape.RawNames is not null || shape.Uris.Length + shape.DnsNames.Length > 0)
        {
            var names = shape.RawNames ?? Names([.. shape.Uris.Select(u => (6, u)), .. shape.DnsNames.Select(d => (2, d))]);
            request.CertificateExtensions.Add(new X509Extension(SubjectAlternativeNames.Oid, names, critical: true));
        }

        foreach (var extension in shape.Extensions)
        {
            if (request.CertificateExtensions.FirstOrDefault(e => e.Oid?.Value == extension.Oid?.Value) is { } replaced)
            {
                request.CertificateExtensions.Remove(replaced);
            }

            request.CertificateExtensions.Add(extension);
        }

        using var signingKey = signer.GetECDsaPrivateKey()!;
        return request.Create(
            signer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(signingKey),
            shape.NotBefore ?? Now.AddMinutes(-1),
            shape.NotAfter ?? Now.AddHours(1),
            RandomNumberGenerator.GetBytes(16));
    }
}
