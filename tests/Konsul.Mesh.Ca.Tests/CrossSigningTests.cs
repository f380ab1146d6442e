using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Ca.Tests;

/// <summary>A root that takes the place of another: who believes what, before, during and after.</summary>
public sealed class CrossSigningTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Cluster = Guid.Parse("11111111-2222-3333-4444-555555555555");
    private readonly byte[] _kek = RandomNumberGenerator.GetBytes(SealedKey.KeyEncryptionKeySize);
    private readonly CertificateAuthority _old;
    private readonly CertificateAuthority _new;
    private readonly SpiffeId _web;

    public CrossSigningTests()
    {
        _old = CertificateAuthority.Open(CertificateAuthority.CreateRoot(Cluster, _kek, Start), _kek);
        var made = CertificateAuthority.CreateRoot(Cluster, _kek, Start.AddDays(1), keyBits: 384);
        _new = CertificateAuthority.Open(made with { CrossSigned = _old.CrossSign(made.Certificate, Start.AddDays(1)) }, _kek);
        _web = SpiffeId.ForService(_old.TrustDomain, "default", "dc1", "web");
    }

    private static DateTimeOffset Now => Start.AddDays(2);

    [Fact]
    public void Sign_WithTheNewRoot_IsBelievedByEveryBundleThatHasOneOfTheTwo()
    {
        var (leaf, others) = Leaf(_new);

        Assert.All(new[] { Bundle(_old), Bundle(_new), Bundle(_old, _new), Bundle(_new, _old) }, bundle =>
        {
            Assert.True(Verify(bundle, leaf, others, SvidUsage.Server).Accepted);
            Assert.True(Verify(bundle, leaf, others, SvidUsage.Client).Accepted);
        });
        Assert.True(Verify(Bundle(_new), leaf, [], SvidUsage.Client).Accepted);
    }

    [Fact]
    public void Sign_WithTheOldRoot_IsBelievedByBothAndNoMoreWhenItIsGone()
    {
        var (leaf, others) = Leaf(_old);

        Assert.True(Verify(Bundle(_new, _old), leaf, others, SvidUsage.Server).Accepted);
        Assert.Equal(SvidRefusal.Untrusted, Verify(Bundle(_new), leaf, others, SvidUsage.Server).Refusal);
        Assert.Equal(SvidRefusal.Untrusted, Verify(Bundle(_old), Leaf(_new).Leaf, [], SvidUsage.Server).Refusal);
    }

    [Fact]
    public void CrossSigned_AsALeaf_IsNobodysIdentity()
    {
        using var cross = X509CertificateLoader.LoadCertificate(_new.Root.CrossSigned.Span);

        Assert.Equal(SvidRefusal.IsAuthority, Verify(Bundle(_old, _new), cross, [], SvidUsage.Client).Refusal);
        Assert.Equal(_old.Root.KeyId.Replace(":", "", StringComparison.Ordinal), Convert.ToHexStringLower(cross.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.Span));
        Assert.Equal(Start.AddDays(3650), cross.NotAfter.ToUniversalTime());
    }

    [Fact]
    public void CrossSign_AfterTheOldRootsEnd_IsRefused()
    {
        Assert.Throws<CryptographicException>(() => _old.CrossSign(_new.Root.Certificate, Start.AddDays(3650)));
        Assert.Throws<CryptographicException>(() => _old.CrossSign(_old.Root.Certificate, Now));
    }

    [Fact]
    public async Task Handshake_NewLeafTowardsAPeerWithTheOldRootOnly_Succeeds()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = _new.Sign(key, _web, LeafPolicy.Default, Now).Certificate!;
        X509Certificate2Collection others = [.. issued.Chain.Skip(1).Select(der => X509CertificateLoader.LoadCertificate(der.Span))];
        var context = SslStreamCertificateContext.Create(issued.WithKey(key), others, offline: true);
        Assert.Equal(issued.Chain[1].ToArray(), Assert.Single(context.IntermediateCertificates).RawData);

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var dialled = new TcpClient();
        await dialled.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var accepted = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var server = new SslStream(accepted.GetStream());
        SvidResult seen = default;
        await using var client = new SslStream(dialled.GetStream(), false, (_, certificate, chain, _) =>
            (seen = Verify(Bundle(_old), (X509Certificate2)certificate!, chain!.ChainPolicy.ExtraStore, SvidUsage.Server)).Accepted);
        await Task.WhenAll(
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context }, TestContext.Current.CancellationToken),
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "web" }, TestContext.Current.CancellationToken));

        Assert.Equal(_web, seen.Id);
    }

    [Theory]
    [InlineData("other key", "PrivateKey is not the key")]
    [InlineData("no pem", "RootCert is not a certificate")]
    [InlineData("no key", "PrivateKey is not an EC key")]
    [InlineData("expired", "must be valid now")]
    [InlineData("other domain", "exactly one URI")]
    public void Import_WrongPair_SaysWhy(string fault, string expected)
    {
        var (certificate, key) = Own(fault == "other domain" ? "spiffe://other" : $"spiffe://{_old.TrustDomain}");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = fault == "no pem" ? "x" : certificate;
        var keyPem = fault switch { "other key" => other.ExportPkcs8PrivateKeyPem(), "no key" => "-----BEGIN X", _ => key };

        var e = Assert.Throws<FormatException>(() => ImportedRoot.Read(Cluster, pem, keyPem, _kek, fault == "expired" ? Now.AddYears(20) : Now));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_GoodPair_SignsAndIsCrossSigned()
    {
        var (certificate, key) = Own($"spiffe://{_old.TrustDomain}");
        var root = ImportedRoot.Read(Cluster, certificate, key, _kek, Now);

        using var authority = CertificateAuthority.Open(root with { CrossSigned = _old.CrossSign(root.Certificate, Now) }, _kek);
        var (leaf, others) = Leaf(authority);

        Assert.True(Verify(Bundle(_old), leaf, others, SvidUsage.Server).Accepted);
    }

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
    }

    private static (string Certificate, string Key) Own(string uri)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Corporate Root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(SubjectAlternativeNameWriter.Write(uri, [], [], critical: false));
        using var certificate = request.CreateSelfSigned(Start, Start.AddYears(10));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private (X509Certificate2 Leaf, X509Certificate2Collection Others) Leaf(CertificateAuthority by)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var chain = by.Sign(key, _web, LeafPolicy.Default, Now).Certificate!.Chain;
        return (X509CertificateLoader.LoadCertificate(chain[0].Span), [.. chain.Skip(1).Select(der => X509CertificateLoader.LoadCertificate(der.Span))]);
    }

    private TrustBundle Bundle(params CertificateAuthority[] authorities) => new(_old.TrustDomain, [.. authorities.Select(a => a.Root.Certificate)]);

    private static SvidResult Verify(TrustBundle bundle, X509Certificate2 leaf, X509Certificate2Collection others, SvidUsage usage) =>
        SvidVerifier.For(bundle).Verify(leaf, others, Now, usage);
}
