using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Model.Tests.Identity;

public sealed class SvidVerifierTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly CertFactory _certs;
    private readonly SpiffeId _web;

    public SvidVerifierTests()
    {
        _certs = new CertFactory(_time);
        _web = _certs.Id("web");
    }

    private LeafShape Good => new() { Uris = [_web.ToString()] };

    [Theory]
    [InlineData(SvidUsage.Client)]
    [InlineData(SvidUsage.Server)]
    public void Verify_LeafOfTheRoot_GivesItsId(SvidUsage usage)
    {
        var result = Verify(_certs.Leaf(_web), usage: usage, expected: _web);

        Assert.Equal(_web, result.Id);
        Assert.Equal((SvidRefusal.None, ""), (result.Refusal, result.Reason));
    }

    [Fact]
    public void Verify_LeafOfAnIntermediate_NeedsTheIntermediate()
    {
        var intermediate = _certs.Intermediate();
        var leaf = _certs.Leaf(Good, intermediate);

        Assert.Equal(SvidRefusal.Untrusted, Verify(leaf).Refusal);
        Assert.Equal(_web, Verify(leaf, [intermediate]).Id);
    }

    [Fact]
    public void Verify_NoCertificate_IsRefused() => Assert.Equal(SvidRefusal.NoCertificate, Verify(null).Refusal);

    [Fact]
    public void Verify_TwoUris_IsRefused() =>
        Assert.Equal(SvidRefusal.SeveralUriNames, Verify(_certs.Leaf(Good with { Uris = [_web.ToString(), _certs.Id("api").ToString()] })).Refusal);

    [Fact]
    public void Verify_SameUriTwice_IsRefused() =>
        Assert.Equal(SvidRefusal.SeveralUriNames, Verify(_certs.Leaf(Good with { Uris = [_web.ToString(), _web.ToString()] })).Refusal);

    [Fact]
    public void Verify_MoreDnsNames_AreAllowed() => Assert.Equal(_web, Verify(_certs.Leaf(Good with { DnsNames = ["web.local", "x"] })).Id);

    [Fact]
    public void Verify_DnsNameOnly_IsRefused() =>
        Assert.Equal(SvidRefusal.NoUriName, Verify(_certs.Leaf(new LeafShape { DnsNames = ["web.local"] })).Refusal);

    [Fact]
    public void Verify_NoNames_IsRefused() => Assert.Equal(SvidRefusal.NoUriName, Verify(_certs.Leaf(new LeafShape { Subject = "CN=web" })).Refusal);

    [Fact]
    public void Verify_DnsNameThatLooksLikeAnId_IsNotAUri() =>
        Assert.Equal(SvidRefusal.NoUriName, Verify(_certs.Leaf(new LeafShape { DnsNames = [_web.ToString()] })).Refusal);

    [Theory]
    [InlineData("spiffe://{0}/ns/default/dc/dc1/svc/w%65b")]
    [InlineData("spiffe://{0}/ns/default/dc/dc1/svc/web/")]
    [InlineData("spiffe://{0}")]
    [InlineData("spiffe://{0}/")]
    [InlineData("spiffe://{0}:443/web")]
    [InlineData("https://{0}/ns/default/dc/dc1/svc/web")]
    [InlineData("")]
    public void Verify_UriThatIsNoWorkloadId_IsRefused(string uri) =>
        Assert.Equal(SvidRefusal.BadId, Verify(_certs.Leaf(Good with { Uris = [uri.Replace("{0}", _certs.TrustDomain.Name, StringComparison.Ordinal)] })).Refusal);

    [Fact]
    public void Verify_NulInTheUri_IsRefused() =>
        Assert.Equal(SvidRefusal.Malformed, Verify(_certs.Leaf(Good with { Uris = [_web + "\0.evil"] })).Refusal);

    [Fact]
    public void Verify_GarbageAsNames_IsRefused() =>
        Assert.Equal(SvidRefusal.Malformed, Verify(_certs.Leaf(Good with { RawNames = [0x30, 0x7F, 0x86, 1, 2, 3] })).Refusal);

    [Fact]
    public void Verify_TrailingDataAfterNames_IsRefused() =>
        Assert.Equal(SvidRefusal.Malformed, Verify(_certs.Leaf(Good with { RawNames = [.. CertFactory.Names((6, _web.ToString())), 5, 0] })).Refusal);

    [Theory]
    [InlineData("2.5.29.15")]
    [InlineData("2.5.29.19")]
    [InlineData("2.5.29.37")]
    public void Verify_GarbageInAnExtension_IsRefusedNotThrown(string oid)
    {
        var garbage = new X509Extension(oid, [0xFF, 0x01, 0x02], critical: true);

        Assert.Equal(SvidRefusal.Malformed, Verify(_certs.BareLeaf(Good with { Extensions = [garbage] })).Refusal);
    }

    [Fact]
    public void Verify_NamesTwice_IsRefused()
    {
        // No library writes the same extension twice, so one of another kind gets its number by hand: 2.5.29.99 becomes 2.5.29.17.
        var second = new X509Extension("2.5.29.99", CertFactory.Names((6, _certs.Id("api").ToString())), critical: false);
        var der = _certs.BareLeaf(Good with { Extensions = [second] }).RawData;
        der[der.AsSpan().IndexOf("\u0006\u0003U\u001dc"u8) + 4] = 17;

        var result = Verify(X509CertificateLoader.LoadCertificate(der));

        Assert.Equal(SvidRefusal.Malformed, result.Refusal);
        Assert.Contains("twice", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_UnknownCriticalExtension_IsRefused()
    {
        var unknown = new X509Extension("1.3.6.1.4.1.99999.1", [5, 0], critical: true);

        Assert.Equal(SvidRefusal.Untrusted, Verify(_certs.Leaf(Good with { Extensions = [unknown] })).Refusal);
    }

    [Fact]
    public void Verify_CaAsLeaf_IsRefused() => Assert.Equal(SvidRefusal.IsAuthority, Verify(_certs.Leaf(Good with { IsAuthority = true })).Refusal);

    [Fact]
    public void Verify_RootItselfAsLeaf_IsRefused() => Assert.Equal(SvidRefusal.IsAuthority, Verify(_certs.Root).Refusal);

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign)]
    [InlineData(X509KeyUsageFlags.KeyEncipherment)]
    public void Verify_WrongKeyUsage_IsRefused(X509KeyUsageFlags usage) =>
        Assert.Equal(SvidRefusal.KeyUsage, Verify(_certs.Leaf(Good with { KeyUsage = usage })).Refusal);

    [Fact]
    public void Verify_NoKeyUsage_IsRefused() => Assert.Equal(SvidRefusal.KeyUsage, Verify(_certs.Leaf(Good with { KeyUsage = null })).Refusal);

    [Theory]
    [InlineData(LeafShape.ServerAuthentication, SvidUsage.Client)]
    [InlineData(LeafShape.ClientAuthentication, SvidUsage.Server)]
    [InlineData("1.3.6.1.5.5.7.3.3", SvidUsage.Server)]
    public void Verify_ExtendedKeyUsageOfAnotherRole_IsRefused(string oid, SvidUsage usage) =>
        Assert.Equal(SvidRefusal.ExtendedKeyUsage, Verify(_certs.Leaf(Good with { ExtendedKeyUsages = [oid] }), usage: usage).Refusal);

    [Fact]
    public void Verify_AcceptedAsServer_IsStillRefusedAsClient()
    {
        var leaf = _certs.Leaf(Good with { ExtendedKeyUsages = [LeafShape.ServerAuthentication] });

        Assert.True(Verify(leaf, usage: SvidUsage.Server).Accepted);
        Assert.Equal(SvidRefusal.ExtendedKeyUsage, Verify(leaf, usage: SvidUsage.Client).Refusal);
    }

    [Fact]
    public void Verify_NoExtendedKeyUsage_IsAccepted() => Assert.True(Verify(_certs.Leaf(Good with { ExtendedKeyUsages = [] })).Accepted);

    [Fact]
    public void Verify_Expired_IsRefused() => Assert.Equal(SvidRefusal.Expired, Verify(_certs.ExpiredLeaf(_web)).Refusal);

    [Fact]
    public void Verify_NotYetValid_IsRefused() => Assert.Equal(SvidRefusal.NotYetValid, Verify(_certs.FutureLeaf(_web)).Refusal);

    [Fact]
    public void Verify_LeafSeenBefore_IsRefusedOnceExpired()
    {
        var leaf = _certs.Leaf(Good);
        Assert.True(Verify(leaf).Accepted);

        _time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));

        Assert.Equal(SvidRefusal.Expired, Verify(leaf).Refusal);
    }

    [Fact]
    public void Verify_LeafSeenBefore_IsRefusedOnceItsIntermediateExpired()
    {
        var soon = _certs.Leaf(new LeafShape
        {
            Subject = "CN=Short intermediate",
            IsAuthority = true,
            KeyUsage = X509KeyUsageFlags.KeyCertSign,
            ExtendedKeyUsages = [],
            NotAfter = _time.GetUtcNow().AddMinutes(5),
        });
        var leaf = _certs.Leaf(Good, soon);
        Assert.True(Verify(leaf, [soon]).Accepted);

        _time.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(SvidRefusal.Untrusted, Verify(leaf, [soon]).Refusal);
    }

    [Fact]
    public void Verify_LeafSeenBefore_IsRefusedByABundleWithoutItsRoot()
    {
        using var next = _certs.Impostor();
        var leaf = _certs.Leaf(_web);
        Assert.True(Verify(leaf).Accepted);

        Assert.Equal(SvidRefusal.Untrusted, Verify(leaf, bundle: next.Bundle).Refusal);
    }

    [Fact]
    public void Verify_LeafSeenBefore_IsStillHeldToTheExpectedId()
    {
        var leaf = _certs.Leaf(_web);

        Assert.Equal(SvidRefusal.UnexpectedId, Verify(leaf, expected: _certs.Id("api")).Refusal);
        Assert.True(Verify(leaf, expected: _web).Accepted);
        Assert.Equal(SvidRefusal.UnexpectedId, Verify(leaf, expected: _certs.Id("api")).Refusal);
    }

    [Fact]
    public void Verify_RootOfTheSameName_IsRefused()
    {
        using var impostor = _certs.Impostor();
        using var forged = impostor.Leaf(new LeafShape
        {
            Subject = _certs.Root.Subject,
            Uris = [$"spiffe://{_certs.TrustDomain}"],
            IsAuthority = true,
            KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
            ExtendedKeyUsages = [],
        });
        using var leaf = _certs.Leaf(new LeafShape { Uris = [_web.ToString()] }, forged);

        Assert.Equal(forged.SubjectName.RawData, _certs.Root.SubjectName.RawData);
        Assert.Equal(SvidRefusal.Untrusted, Verify(leaf).Refusal);
        Assert.Equal(SvidRefusal.Untrusted, Verify(leaf, [forged]).Refusal);
        Assert.Equal(SvidRefusal.Untrusted, Verify(leaf, [forged, impostor.Root]).Refusal);
    }

    [Fact]
    public void Verify_TwoRootsInTheBundle_AcceptsLeavesOfBoth()
    {
        using var next = _certs.Impostor();
        var both = new TrustBundle(_certs.TrustDomain, [.. next.Bundle.Roots, .. _certs.Bundle.Roots]);

        Assert.True(Verify(_certs.Leaf(_web), bundle: both).Accepted);
        Assert.True(Verify(next.Leaf(_web), bundle: both).Accepted);
    }

    [Fact]
    public void Verify_LeafOfALeaf_IsRefused()
    {
        var leaf = _certs.Leaf(_web);
        var forged = _certs.Leaf(Good with { Uris = [_certs.Id("admin").ToString()] }, leaf);

        Assert.Equal(SvidRefusal.Untrusted, Verify(forged, [leaf]).Refusal);
    }

    [Fact]
    public void Verify_OtherTrustDomain_IsRefusedEvenUnderOurRoot() =>
        Assert.Equal(SvidRefusal.ForeignTrustDomain, Verify(_certs.Leaf(Good with { Uris = ["spiffe://elsewhere.org/web"] })).Refusal);

    [Fact]
    public void Verify_ChangedByte_IsRefused()
    {
        var der = _certs.Leaf(_web).RawData;
        der[^1] ^= 1;

        Assert.False(Verify(X509CertificateLoader.LoadCertificate(der)).Accepted);
    }

    [Fact]
    public void Verify_EmptyBundle_TrustsNobody()
    {
        Assert.False(Verify(_certs.Leaf(_web), bundle: TrustBundle.Empty).Accepted);
        Assert.Equal(SvidRefusal.Untrusted, Verify(_certs.Leaf(_web), bundle: new TrustBundle(_certs.TrustDomain, [])).Refusal);
    }

    [Fact]
    public void Verify_UnreadableRootInTheBundle_VouchesForNobody()
    {
        ImmutableArray<ReadOnlyMemory<byte>> roots = [new byte[] { 1, 2, 3 }];

        Assert.Equal(SvidRefusal.Untrusted, Verify(_certs.Leaf(_web), bundle: new TrustBundle(_certs.TrustDomain, roots)).Refusal);
        Assert.True(Verify(_certs.Leaf(_web), bundle: new TrustBundle(_certs.TrustDomain, [.. roots, .. _certs.Bundle.Roots])).Accepted);
    }

    [Fact]
    public void Verify_HeapOfCertificates_IsRefusedUnread()
    {
        X509Certificate2Collection heap = [.. Enumerable.Range(0, SvidVerifier.MaxOtherCertificates + 1).Select(_ => _certs.Intermediate())];

        Assert.Equal(SvidRefusal.TooManyCertificates, Verify(_certs.Leaf(_web), heap).Refusal);
    }

    public void Dispose() => _certs.Dispose();

    private SvidResult Verify(
        X509Certificate2? leaf, X509Certificate2Collection? others = null, SvidUsage usage = SvidUsage.Client, SpiffeId? expected = null, TrustBundle? bundle = null) =>
        SvidVerifier.For(bundle ?? _certs.Bundle).Verify(leaf, others, _time.GetUtcNow(), usage, expected);
}
