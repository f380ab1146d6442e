using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Ca.Tests;

public sealed class CsrPolicyTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly CertFactory _certs;
    private readonly SpiffeId _web;

    public CsrPolicyTests()
    {
        _certs = new CertFactory(_time);
        _web = _certs.Id("web");
    }

    [Theory]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    public void Sign_AllowedCurve_IsIssued(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));

        Assert.True(Sign(Csr.For(key, _web.ToString())).Issued);
    }

    [Fact]
    public void Sign_Rsa2048_IsIssued()
    {
        using var key = RSA.Create(2048);

        Assert.True(Sign(Csr.For(key)).Issued);
    }

    [Fact]
    public void Sign_Rsa1024_IsRefused()
    {
        using var key = RSA.Create(1024);

        Assert.Equal(SigningRefusal.KeyNotAllowed, Sign(Csr.For(key)).Refusal);
    }

    [Fact]
    public void Sign_P521_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP521);

        Assert.Equal(SigningRefusal.KeyNotAllowed, Sign(Csr.For(key)).Refusal);
    }

    [Fact]
    public void Sign_NoUriAsked_GetsTheRegisteredId()
    {
        using var key = P256();

        var issued = Sign(Csr.For(key)).Certificate!;

        Assert.Equal(_web, IdOf(issued));
    }

    [Theory]
    [InlineData("spiffe://elsewhere.org/web")]
    [InlineData("not a uri")]
    [InlineData("")]
    [InlineData("https://web")]
    public void Sign_AnotherId_IsRefused(string uri)
    {
        using var key = P256();

        Assert.Equal(SigningRefusal.OtherId, Sign(Csr.For(key, uri)).Refusal);
    }

    [Fact]
    public void Sign_AnotherService_IsRefusedWithoutEchoingTheRequest()
    {
        using var key = P256();

        var result = Sign(Csr.For(key, _certs.Id("admin").ToString()));

        Assert.Equal(SigningRefusal.OtherId, result.Refusal);
        Assert.DoesNotContain("admin", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_SecondUri_IsRefused()
    {
        using var key = P256();

        Assert.Equal(SigningRefusal.SeveralIds, Sign(Csr.For(key, _web.ToString(), _certs.Id("admin").ToString())).Refusal);
        Assert.Equal(SigningRefusal.SeveralIds, Sign(Csr.For(key, _web.ToString(), _web.ToString())).Refusal);
    }

    [Fact]
    public void Sign_NulInTheUri_IsRefused()
    {
        using var key = P256();

        Assert.Equal(SigningRefusal.Malformed, Sign(Csr.For(key, _web + "\0")).Refusal);
    }

    [Fact]
    public void Sign_ExtensionsAskingForPower_AreIgnored()
    {
        using var key = P256();
        var request = new CertificateRequest("CN=root, O=Evil", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], true));
        request.CertificateExtensions.Add(new X509Extension(SubjectAlternativeNames.Oid, CertFactory.Names((2, "bank.example"), (6, _web.ToString())), true));

        using var leaf = X509CertificateLoader.LoadCertificate(Sign(request.CreateSigningRequest()).Certificate!.Leaf.Span);

        Assert.Equal("", leaf.Subject);
        Assert.Equal(_web, SvidVerifier.For(_certs.Bundle).Verify(leaf, null, _time.GetUtcNow(), SvidUsage.Client).Id);
        Assert.DoesNotContain("bank.example", System.Text.Encoding.Latin1.GetString(leaf.RawData), StringComparison.Ordinal);
        Assert.DoesNotContain("Evil", System.Text.Encoding.Latin1.GetString(leaf.RawData), StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_SignatureOfAnotherKey_IsRefused()
    {
        using var key = P256();
        var csr = Csr.For(key);
        using var other = P256();
        var foreign = Csr.For(other);
        var point = key.ExportSubjectPublicKeyInfo().AsSpan()[^64..];
        other.ExportSubjectPublicKeyInfo().AsSpan()[^64..].CopyTo(csr.AsSpan(csr.AsSpan().IndexOf(point)));

        Assert.True(Sign(foreign).Issued);
        Assert.Equal(SigningRefusal.BadSignature, Sign(csr).Refusal);
    }

    [Fact]
    public void Sign_PointOffTheCurve_IsRefused()
    {
        using var key = P256();
        var csr = Csr.For(key);
        var point = key.ExportSubjectPublicKeyInfo().AsSpan()[^64..];
        csr[csr.AsSpan().IndexOf(point) + 10] ^= 0x55;

        Assert.False(Sign(csr).Issued);
    }

    [Fact]
    public void Sign_TrailingByte_IsRefused()
    {
        using var key = P256();

        Assert.Equal(SigningRefusal.Malformed, Sign([.. Csr.For(key), 0]).Refusal);
    }

    [Fact]
    public void Sign_TruncatedAnywhere_IsRefused()
    {
        using var key = P256();
        var csr = Csr.For(key, _web.ToString());

        Assert.All(Enumerable.Range(0, csr.Length), length => Assert.Equal(SigningRefusal.Malformed, Sign(csr[..length]).Refusal));
    }

    [Fact]
    public void Sign_AnyBitFlipped_IsRefused()
    {
        using var key = P256();
        var csr = Csr.For(key, _web.ToString());

        Assert.All(Enumerable.Range(0, csr.Length), at =>
        {
            var flipped = (byte[])csr.Clone();
            flipped[at] ^= (byte)(1 << (at % 8));
            Assert.False(Sign(flipped).Issued, $"byte {at}");
        });
    }

    [Fact]
    public void Sign_Megabyte_IsRefusedUnread() => Assert.Equal(SigningRefusal.TooLarge, Sign(new byte[1024 * 1024]).Refusal);

    [Fact]
    public void Sign_AnyBytes_IsRefusedNotThrown() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => !Sign(bytes).Issued && !Sign([0x30, (byte)(bytes.Length & 0x7F), .. bytes]).Issued)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Sign_AnyByteOfAnRsaRequestChanged_IsRefusedNotThrown()
    {
        using var rsa = RSA.Create(2048);
        var csr = Csr.For(rsa);

        Prop.ForAll(Gen.Choose(0, csr.Length - 1).ToArbitrary(), ArbMap.Default.ArbFor<byte>(), (at, value) =>
        {
            var broken = (byte[])csr.Clone();
            broken[at] = value;
            return broken.AsSpan().SequenceEqual(csr) || !Sign(broken).Issued;
        }).QuickCheckThrowOnFailure();
    }

    public void Dispose() => _certs.Dispose();

    private static ECDsa P256() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private SigningResult Sign(byte[] csr)
    {
        var result = _certs.Authority.Sign(csr, _web, LeafPolicy.Default, _time.GetUtcNow());
        Assert.Equal(result.Issued, result.Refusal == SigningRefusal.None);
        Assert.Equal(result.Issued, result.Reason.Length == 0);
        return result;
    }

    private SpiffeId? IdOf(IssuedCertificate issued)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Leaf.Span);
        return SvidVerifier.For(_certs.Bundle).Verify(leaf, null, _time.GetUtcNow(), SvidUsage.Client).Id;
    }
}
