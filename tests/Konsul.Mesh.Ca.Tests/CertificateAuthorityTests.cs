using System.Formats.Asn1;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Ca.Tests;

public sealed class CertificateAuthorityTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Cluster = Guid.Parse("11111111-2222-3333-4444-555555555555");
    private readonly byte[] _kek = RandomNumberGenerator.GetBytes(SealedKey.KeyEncryptionKeySize);
    private readonly CertificateAuthority _ca;
    private readonly SpiffeId _web;

    public CertificateAuthorityTests()
    {
        _ca = CertificateAuthority.Open(CertificateAuthority.CreateRoot(Cluster, _kek, Start), _kek);
        _web = SpiffeId.ForService(_ca.TrustDomain, "default", "dc1", "web");
    }

    [Fact]
    public void CreateRoot_Certificate_IsASpiffeSigningCertificate()
    {
        using var root = X509CertificateLoader.LoadCertificate(_ca.Root.Certificate.Span);

        Assert.Equal($"CN=Konsul CA Root Cert, OU={_ca.Root.KeyId.Replace(":", "", StringComparison.Ordinal)[..16]}", root.Subject);
        Assert.Equal(root.SubjectName.RawData, root.IssuerName.RawData);
        Assert.True(Extension<X509BasicConstraintsExtension>(root) is { CertificateAuthority: true, Critical: true });
        Assert.True(Extension<X509KeyUsageExtension>(root) is { KeyUsages: X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, Critical: true });
        Assert.True(SubjectAlternativeNames.TryReadUris(root.Extensions[SubjectAlternativeNames.Oid]!.RawData, out var uris));
        Assert.Equal(["spiffe://11111111-2222-3333-4444-555555555555.konsul"], uris);
        Assert.Equal((Start.AddSeconds(-30), Start.AddDays(3650)), (root.NotBefore.ToUniversalTime(), root.NotAfter.ToUniversalTime()));
        Assert.Equal("1.2.840.10045.4.3.2", root.SignatureAlgorithm.Value);
        Assert.Equal(256, root.GetECDsaPublicKey()!.KeySize);
    }

    [Fact]
    public void FromDer_Root_DescribesIt()
    {
        var description = RootDescription.FromDer(_ca.Root.Certificate.Span);

        Assert.Equal(("Konsul CA Root Cert", "ec", 256), (description.Name, description.KeyType, description.KeyBits));
        Assert.Equal(_ca.Root.KeyId, description.SigningKeyId);
        Assert.Matches("^([0-9a-f]{2}:){19}[0-9a-f]{2}$", description.Id);
        Assert.Matches("^([0-9a-f]{2}:){19}[0-9a-f]{2}$", description.SigningKeyId);
        Assert.Equal(_ca.Root.Certificate.ToArray(), X509Certificate2.CreateFromPem(description.Pem).RawData);
        Assert.EndsWith("-----END CERTIFICATE-----\n", description.Pem, StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_GoodRequest_GivesALeafByTheRules()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var issued = Issue(Csr.For(key, _web.ToString()));

        using var leaf = X509CertificateLoader.LoadCertificate(issued.Leaf.Span);
        Assert.Single(issued.Chain);
        Assert.Equal("", leaf.Subject);
        Assert.True(leaf.Extensions[SubjectAlternativeNames.Oid]!.Critical);
        Assert.True(Extension<X509BasicConstraintsExtension>(leaf) is { CertificateAuthority: false, Critical: true });
        Assert.True(Extension<X509KeyUsageExtension>(leaf) is { KeyUsages: X509KeyUsageFlags.DigitalSignature, Critical: true });
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            Extension<X509EnhancedKeyUsageExtension>(leaf).EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal((Start.AddSeconds(-30), Start.AddHours(72)), (issued.NotBefore, issued.NotAfter));
        Assert.Equal(issued.SerialNumber.Replace(":", "", StringComparison.Ordinal), leaf.SerialNumber, ignoreCase: true);
        Assert.Equal(
            _ca.Root.KeyId.Replace(":", "", StringComparison.Ordinal),
            Convert.ToHexStringLower(Extension<X509AuthorityKeyIdentifierExtension>(leaf).KeyIdentifier!.Value.Span));
    }

    [Theory]
    [InlineData(SvidUsage.Client)]
    [InlineData(SvidUsage.Server)]
    public void Sign_GoodRequest_PassesThePeersRules(SvidUsage usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = X509CertificateLoader.LoadCertificate(Issue(Csr.For(key)).Leaf.Span);

        var result = SvidVerifier.For(_ca.Bundle).Verify(leaf, null, Start, usage, _web);

        Assert.Equal(_web, result.Id);
    }

    [Fact]
    public void Sign_ManyTimes_SerialsAreDistinctPositiveAndLong()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var serials = Enumerable.Range(0, 300)
            .Select(_ => SerialOf(_ca.Sign(key, _web, LeafPolicy.Default, Start).Certificate!.Leaf))
            .ToList();

        Assert.Equal(300, serials.Distinct().Count());
        Assert.All(serials, s => Assert.True(s > 0 && s < BigInteger.One << 128));
        Assert.Contains(serials, s => s > BigInteger.One << 127);
    }

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(4, 0.4)]
    [InlineData(300, 30)]
    [InlineData(3600, 30)]
    public void Sign_Lifetime_BackdatesATenthAtMostHalfAMinute(int seconds, double backdate)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = Start.AddMinutes(10);

        var issued = _ca.Sign(key, _web, new LeafPolicy { Lifetime = TimeSpan.FromSeconds(seconds) }, now).Certificate!;

        Assert.Equal(now.AddSeconds(seconds), issued.NotAfter);
        Assert.Equal(now.AddSeconds(-Math.Ceiling(backdate)), issued.NotBefore);
    }

    [Fact]
    public void Sign_LifeLongerThanTheRoots_IsCutToTheRoots()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = Start.AddDays(3650).AddHours(-1);

        var issued = _ca.Sign(key, _web, LeafPolicy.Default, now).Certificate!;

        Assert.Equal(Start.AddDays(3650), issued.NotAfter);
    }

    [Theory]
    [InlineData(-60)]
    [InlineData(3650 * 86400L)]
    public void Sign_RootNotValid_IsRefused(long seconds)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(SigningRefusal.IssuerNotValid, _ca.Sign(key, _web, LeafPolicy.Default, Start.AddSeconds(seconds)).Refusal);
    }

    [Fact]
    public void Sign_IdOfAnotherTrustDomain_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var result = _ca.Sign(key, SpiffeId.Parse("spiffe://elsewhere.org/web"), LeafPolicy.Default, Start);

        Assert.Equal(SigningRefusal.ForeignTrustDomain, result.Refusal);
        Assert.False(result.Issued);
    }

    [Fact]
    public void Sign_ServerWithNames_CarriesThem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var id = SpiffeId.ForServer(_ca.TrustDomain, "dc1");
        var policy = new LeafPolicy { DnsNames = ["localhost", "server.dc1.konsul"], Addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback] };

        using var leaf = _ca.Sign(key, id, policy, Start).Certificate!.WithKey(key);

        var names = new X509SubjectAlternativeNameExtension(leaf.Extensions[SubjectAlternativeNames.Oid]!.RawData);
        Assert.Equal(["localhost", "server.dc1.konsul"], names.EnumerateDnsNames());
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], names.EnumerateIPAddresses());
        Assert.True(leaf.MatchesHostname("localhost"));
        Assert.True(leaf.HasPrivateKey);
        Assert.Equal(id, SvidVerifier.For(_ca.Bundle).Verify(leaf, null, Start, SvidUsage.Server).Id);
    }

    [Fact]
    public void Open_StoredPieces_SignsUnderTheSameRoot()
    {
        var stored = new SealedRoot(_ca.Root.ClusterId, _ca.Root.Certificate.ToArray(), _ca.Root.Key.ToArray(), _ca.Root.KeyId);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var again = CertificateAuthority.Open(stored, _kek);

        using var leaf = X509CertificateLoader.LoadCertificate(again.Sign(key, _web, LeafPolicy.Default, Start).Certificate!.Leaf.Span);

        Assert.True(SvidVerifier.For(_ca.Bundle).Verify(leaf, null, Start, SvidUsage.Client).Accepted);
    }

    [Fact]
    public void Open_OtherKeyEncryptionKey_Throws() =>
        Assert.Throws<CryptographicException>(() => CertificateAuthority.Open(_ca.Root, RandomNumberGenerator.GetBytes(32)));

    [Fact]
    public void Open_KeyOfAnotherRoot_Throws()
    {
        var other = CertificateAuthority.CreateRoot(Cluster, _kek, Start);

        Assert.Throws<CryptographicException>(() => CertificateAuthority.Open(_ca.Root with { Key = other.Key }, _kek));
    }

    [Fact]
    public async Task Sign_FromManyThreads_AllLeavesVerify()
    {
        var leaves = new X509Certificate2[64];
        await Parallel.ForAsync(0, leaves.Length, (i, _) =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            leaves[i] = _ca.Sign(key, _web, LeafPolicy.Default, Start).Certificate!.WithKey(key);
            return ValueTask.CompletedTask;
        });

        Assert.All(leaves, l => Assert.True(SvidVerifier.For(_ca.Bundle).Verify(l, null, Start, SvidUsage.Client).Accepted));
    }

    public void Dispose() => _ca.Dispose();

    private static BigInteger SerialOf(ReadOnlyMemory<byte> certificate)
    {
        var fields = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        fields.ReadEncodedValue();
        return fields.ReadInteger();
    }

    private static T Extension<T>(X509Certificate2 certificate) where T : X509Extension => Assert.Single(certificate.Extensions.OfType<T>());

    private IssuedCertificate Issue(byte[] csr)
    {
        var result = _ca.Sign(csr, _web, LeafPolicy.Default, Start);
        Assert.True(result.Issued, result.Reason);
        return result.Certificate;
    }
}
