using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Ca;

/// <summary>
/// The CA of one trust domain: makes its root and signs leaves under it (SPIFFE X.509-SVID, RFC 5280). It has no clock and no storage: time
/// comes in, bytes go out. Thread-safe. The private key is in this object's memory only, and gone after <see cref="Dispose"/>.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    public const string RootName = "Konsul CA Root Cert";
    public const int DefaultKeyBits = 256;
    public static readonly TimeSpan DefaultRootLifetime = TimeSpan.FromDays(3650);

    /// <summary>How far a certificate starts in the past, for peers whose clocks are behind; a tenth of the life if that is less.</summary>
    public static readonly TimeSpan MaxBackdate = TimeSpan.FromSeconds(30);

    private const int SerialNumberSize = 16;
    private const int MaxPkcs8Size = 512;
    private const int StrongKeyBits = 384;
    private const int ShownKeyId = 16;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private readonly Lock _lock = new();
    private readonly X509Certificate2 _root;
    private readonly ECDsa _key;

    private CertificateAuthority(SealedRoot sealedRoot, X509Certificate2 root, ECDsa key)
    {
        TrustDomain = sealedRoot.TrustDomain;
        Root = sealedRoot;
        Bundle = new TrustBundle(TrustDomain, [sealedRoot.Certificate]);
        _root = root;
        _key = key;
    }

    public TrustDomain TrustDomain { get; }

    public SealedRoot Root { get; }

    /// <summary>The bundle that trusts this root alone.</summary>
    public TrustBundle Bundle { get; }

    /// <summary>Whether roots can have such a key: EC of 256 or 384 bits.</summary>
    public static bool CanHaveKey(string type, int bits) => type == "ec" && bits is DefaultKeyBits or StrongKeyBits;

    /// <summary>
    /// A new key and its self-signed certificate, whose SPIFFE id is the trust domain without a path. Its name holds the start of the key's
    /// identifier: two roots of one domain must not have the same name, for chains are built by names.
    /// </summary>
    /// <param name="clusterId">Gives the trust domain.</param>
    /// <param name="keyEncryptionKey">What the key is sealed under.</param>
    /// <param name="now">The time of issue.</param>
    /// <param name="lifetime">Default <see cref="DefaultRootLifetime"/>.</param>
    /// <param name="keyBits">256 or 384.</param>
    public static SealedRoot CreateRoot(
        Guid clusterId, ReadOnlySpan<byte> keyEncryptionKey, DateTimeOffset now, TimeSpan? lifetime = null, int keyBits = DefaultKeyBits)
    {
        using var key = ECDsa.Create(keyBits == StrongKeyBits ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256);
        var life = lifetime ?? DefaultRootLifetime;
        var keyId = new X509SubjectKeyIdentifierExtension(new PublicKey(key), critical: false);
        var name = $"CN={RootName}, OU={Convert.ToHexStringLower(keyId.SubjectKeyIdentifierBytes.Span)[..ShownKeyId]}";
        var request = DescribeRoot(new X500DistinguishedName(name), new PublicKey(key), keyId, $"spiffe://{TrustDomain.ForCluster(clusterId)}", HashFor(key));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(keyId));
        using var certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Backdate(life), now + life, NewSerialNumber());
        return new SealedRoot(
            clusterId, certificate.RawData, Seal(key, keyEncryptionKey, certificate.RawDataMemory.Span), CertificateText.KeyId(certificate));
    }

    /// <exception cref="CryptographicException">The envelope is damaged, sealed under another key, or not this certificate's.</exception>
    public static CertificateAuthority Open(SealedRoot sealedRoot, ReadOnlySpan<byte> keyEncryptionKey)
    {
        var root = X509CertificateLoader.LoadCertificate(sealedRoot.Certificate.Span);
        var key = ECDsa.Create();
        var secret = Array.Empty<byte>();
        try
        {
            secret = SealedKey.Open(sealedRoot.Key.Span, keyEncryptionKey, Context(sealedRoot.Certificate.Span));
            key.ImportPkcs8PrivateKey(secret, out _);
            if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(root.PublicKey.ExportSubjectPublicKeyInfo()))
            {
                throw new CryptographicException("The sealed key is not the key of the root certificate.");
            }

            return new CertificateAuthority(sealedRoot, root, key);
        }
        catch
        {
            root.Dispose();
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>A leaf for the key of a request, carrying the caller's id.</summary>
    /// <param name="csr">PKCS#10, DER, from anybody.</param>
    /// <param name="id">The id that the caller's registration gives.</param>
    /// <param name="policy">Life and names.</param>
    /// <param name="now">The time of issue.</param>
    public SigningResult Sign(ReadOnlyMemory<byte> csr, SpiffeId id, LeafPolicy policy, DateTimeOffset now)
    {
        var refusal = CsrPolicy.Check(csr, id, out var key, out var reason);
        return refusal == SigningRefusal.None ? Issue(key!, id, policy, now) : SigningResult.Refuse(refusal, reason);
    }

    /// <summary>A leaf for a key made in this process: the server's own, or one that an API hands out with its key.</summary>
    public SigningResult Sign(ECDsa key, SpiffeId id, LeafPolicy policy, DateTimeOffset now) => Issue(new PublicKey(key), id, policy, now);

    /// <summary>
    /// The name and key of the root that comes next, certified by this one: valid as long as both are. With it in the chain, whoever knows only
    /// this root believes what the next one signs.
    /// </summary>
    /// <param name="next">DER of a root of the same trust domain.</param>
    /// <param name="now">The time of issue.</param>
    /// <exception cref="CryptographicException">This root is not valid now, or the other is no root that it can vouch for.</exception>
    public ReadOnlyMemory<byte> CrossSign(ReadOnlyMemory<byte> next, DateTimeOffset now)
    {
        using var other = X509CertificateLoader.LoadCertificate(next.Span);
        if (!CanSignAt(now))
        {
            throw new CryptographicException(NotValid(now));
        }

        if (other.SubjectName.RawData.AsSpan().SequenceEqual(_root.SubjectName.RawData))
        {
            throw new CryptographicException("A root of the same name cannot be cross-signed: chains are built by names.");
        }

        var keyId = new X509SubjectKeyIdentifierExtension(other.PublicKey, critical: false);
        var request = DescribeRoot(other.SubjectName, other.PublicKey, keyId, $"spiffe://{TrustDomain}", HashFor(_key));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        using var crossSigned = Sign(
            request,
            Later(_root.NotBefore.ToUniversalTime(), other.NotBefore.ToUniversalTime()),
            Earlier(_root.NotAfter.ToUniversalTime(), other.NotAfter.ToUniversalTime()));
        return crossSigned.RawData;
    }

    /// <summary>Whether a leaf of at least <see cref="LeafPolicy.MinLifetime"/> fits into this root's life.</summary>
    public bool CanSignAt(DateTimeOffset now) =>
        now >= _root.NotBefore.ToUniversalTime() && now + LeafPolicy.MinLifetime <= _root.NotAfter.ToUniversalTime();

    public void Dispose()
    {
        _key.Dispose();
        _root.Dispose();
    }

    private SigningResult Issue(PublicKey key, SpiffeId id, LeafPolicy policy, DateTimeOffset now)
    {
        if (id.TrustDomain != TrustDomain)
        {
            return SigningResult.Refuse(SigningRefusal.ForeignTrustDomain, $"{id} is not of trust domain {TrustDomain}, which this CA signs for.");
        }

        if (!CanSignAt(now))
        {
            return SigningResult.Refuse(SigningRefusal.IssuerNotValid, NotValid(now));
        }

        DateTimeOffset rootFrom = _root.NotBefore.ToUniversalTime(), rootUntil = _root.NotAfter.ToUniversalTime();
        var notAfter = Earlier(now + policy.Lifetime, rootUntil);
        var notBefore = Later(now - Backdate(notAfter - now), rootFrom);
        using var leaf = Sign(Describe(key, id, policy), notBefore, notAfter);
        return new SigningResult(
            new IssuedCertificate
            {
                Id = id,
                SerialNumber = CertificateText.Hex(leaf.SerialNumberBytes.Span),
                NotBefore = leaf.NotBefore.ToUniversalTime(),
                NotAfter = leaf.NotAfter.ToUniversalTime(),
                Chain = Root.CrossSigned.IsEmpty ? [leaf.RawData] : [leaf.RawData, Root.CrossSigned],
            },
            SigningRefusal.None,
            "");
    }

    private static CertificateRequest DescribeRoot(
        X500DistinguishedName name, PublicKey key, X509SubjectKeyIdentifierExtension keyId, string id, HashAlgorithmName hash)
    {
        var request = new CertificateRequest(name, key, hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(SubjectAlternativeNameWriter.Write(id, [], [], critical: false));
        request.CertificateExtensions.Add(keyId);
        return request;
    }

    /// <summary>No subject: a common name would be a second, unchecked name. The names are critical then (RFC 5280 section 4.2.1.6).</summary>
    private CertificateRequest Describe(PublicKey key, SpiffeId id, LeafPolicy policy)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashFor(_key));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], critical: false));
        request.CertificateExtensions.Add(SubjectAlternativeNameWriter.Write(id.ToString(), policy.DnsNames, policy.Addresses, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        return request;
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        lock (_lock)
        {
            return request.Create(_root.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), notBefore, notAfter, NewSerialNumber());
        }
    }

    internal static byte[] Seal(ECDsa key, ReadOnlySpan<byte> keyEncryptionKey, ReadOnlySpan<byte> certificate)
    {
        Span<byte> buffer = stackalloc byte[MaxPkcs8Size];
        try
        {
            return key.TryExportPkcs8PrivateKey(buffer, out var written)
                ? SealedKey.Seal(buffer[..written], keyEncryptionKey, Context(certificate))
                : throw new CryptographicException("The private key does not fit its buffer.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private string NotValid(DateTimeOffset now) =>
        $"The root is valid from {_root.NotBefore.ToUniversalTime():u} to {_root.NotAfter.ToUniversalTime():u}; now is {now.UtcDateTime:u}.";

    /// <summary>The hash that TLS 1.3 pairs with the key's curve.</summary>
    private static HashAlgorithmName HashFor(ECDsa key) => key.KeySize > DefaultKeyBits ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    private static byte[] Context(ReadOnlySpan<byte> certificate) => SHA256.HashData(certificate);

    private static byte[] NewSerialNumber() => RandomNumberGenerator.GetBytes(SerialNumberSize);

    private static TimeSpan Backdate(TimeSpan lifetime) => lifetime / 10 < MaxBackdate ? lifetime / 10 : MaxBackdate;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
