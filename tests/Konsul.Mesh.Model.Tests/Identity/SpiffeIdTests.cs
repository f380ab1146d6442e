using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Model.Tests.Identity;

public sealed class SpiffeIdTests
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");

    [Fact]
    public void ForService_Parts_AreReadBack()
    {
        var id = SpiffeId.ForService(Domain, "default", "dc1", "web");

        var parsed = SpiffeId.Parse(id.ToString());

        Assert.Equal("spiffe://example.org/ns/default/dc/dc1/svc/web", id.ToString());
        Assert.Equal(id, parsed);
        Assert.Equal(("default", "dc1", "web"), (parsed.Namespace, parsed.Datacenter, parsed.Service));
        Assert.False(parsed.IsServer);
    }

    [Fact]
    public void ForServer_Parts_AreReadBack()
    {
        var parsed = SpiffeId.Parse(SpiffeId.ForServer(Domain, "dc1").ToString());

        Assert.True(parsed.IsServer);
        Assert.Equal(("dc1", null), (parsed.Datacenter, parsed.Service));
    }

    [Theory]
    [InlineData("")]
    [InlineData("spiffe://")]
    [InlineData("spiffe://example.org")]
    [InlineData("spiffe://example.org/")]
    [InlineData("spiffe:///web")]
    [InlineData("https://example.org/web")]
    [InlineData(" spiffe://example.org/web")]
    [InlineData("spiffe://example.org/web/")]
    [InlineData("spiffe://example.org//web")]
    [InlineData("spiffe://example.org/./web")]
    [InlineData("spiffe://example.org/a/../web")]
    [InlineData("spiffe://example.org/w%65b")]
    [InlineData("spiffe://example.org/web?x=1")]
    [InlineData("spiffe://example.org/web#x")]
    [InlineData("spiffe://example.org:8443/web")]
    [InlineData("spiffe://user@example.org/web")]
    [InlineData("spiffe://example.org/web\0")]
    [InlineData("spiffe://example.org/wéb")]
    [InlineData("spiffe://exämple.org/web")]
    [InlineData("spiffe://example.org/a\\b")]
    [InlineData("spiffe://example.org/*")]
    public void TryParse_WhatTheStandardForbids_IsRefused(string text) => Assert.False(SpiffeId.TryParse(text, out _));

    [Fact]
    public void TryParse_Length_EndsAt2048()
    {
        const string prefix = "spiffe://example.org/";

        Assert.True(SpiffeId.TryParse(prefix + new string('a', 2048 - prefix.Length), out _));
        Assert.False(SpiffeId.TryParse(prefix + new string('a', 2049 - prefix.Length), out _));
    }

    [Fact]
    public void Equals_Case_MattersInThePathOnly()
    {
        var id = SpiffeId.Parse("spiffe://example.org/web");

        Assert.Equal(id, SpiffeId.Parse("SPIFFE://EXAMPLE.org/web"));
        Assert.Equal(id.GetHashCode(), SpiffeId.Parse("SPIFFE://EXAMPLE.org/web").GetHashCode());
        Assert.NotEqual(id, SpiffeId.Parse("spiffe://example.org/Web"));
        Assert.NotEqual(id, SpiffeId.Parse("spiffe://other.org/web"));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    public void ForService_NameThatIsNoSegment_Throws(string service) =>
        Assert.Throws<FormatException>(() => SpiffeId.ForService(Domain, "default", "dc1", service));

    [Fact]
    public void TryParse_AnyText_AcceptsOnlyWhatPrintsTheSame()
    {
        var texts = ArbMap.Default.ArbFor<string>().Generator.Select(s => "spiffe://example.org/" + s);

        Prop.ForAll(texts.ToArbitrary(), text => !SpiffeId.TryParse(text, out var id) || id.ToString() == text).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void For_Sni_IsLowerCaseWithTheSubsetFirst()
    {
        Assert.Equal("web.default.dc1.internal.example.org", ServiceSni.For("Web", "default", "DC1", Domain));
        Assert.Equal("v2.web.default.dc1.internal.example.org", ServiceSni.For("web", "default", "dc1", Domain, "v2"));
    }
}
