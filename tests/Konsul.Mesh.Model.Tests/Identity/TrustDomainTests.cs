using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Model.Tests.Identity;

public sealed class TrustDomainTests
{
    [Theory]
    [InlineData("example.org")]
    [InlineData("a_b-c.1")]
    public void TryParse_GoodName_IsKept(string text)
    {
        Assert.True(TrustDomain.TryParse(text, out var domain));

        Assert.Equal(text, domain.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Example.org")]
    [InlineData("a:80")]
    [InlineData("u@a")]
    [InlineData("a/b")]
    [InlineData("a%41")]
    [InlineData("ä")]
    [InlineData("a\0")]
    public void TryParse_BadName_IsRefused(string? text) => Assert.False(TrustDomain.TryParse(text, out _));

    [Fact]
    public void TryParse_Length_EndsAt255()
    {
        Assert.True(TrustDomain.TryParse(new string('a', 255), out _));
        Assert.False(TrustDomain.TryParse(new string('a', 256), out _));
    }

    [Fact]
    public void ForCluster_Id_IsAParsableDomain()
    {
        var domain = TrustDomain.ForCluster(Guid.Parse("11111111-2222-3333-4444-555555555555"));

        Assert.Equal(TrustDomain.Parse("11111111-2222-3333-4444-555555555555.konsul"), domain);
    }

    [Fact]
    public void Parse_BadName_ThrowsWithTheName() =>
        Assert.Contains("A B", Assert.Throws<FormatException>(() => TrustDomain.Parse("A B")).Message, StringComparison.Ordinal);
}
