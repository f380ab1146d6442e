using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Tests.Wire;

public sealed class DomainNameTests
{
    [Theory]
    [InlineData("a.b")]
    [InlineData("a.b.")]
    public void FromText_Name_ComesBack(string text) => Assert.Equal("a.b", DomainName.ToText(DomainName.FromText(text)));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("é.com")]
    public void FromText_NoName_IsNull(string text) => Assert.Null(DomainName.FromText(text));

    [Fact]
    public void FromText_LongLabelOrName_IsNull()
    {
        Assert.NotNull(DomainName.FromText(new string('a', 63)));
        Assert.Null(DomainName.FromText(new string('a', 64)));
        Assert.Null(DomainName.FromText(string.Join('.', Enumerable.Repeat(new string('a', 63), 4))));
    }

    [Theory]
    [InlineData("konsul", true)]
    [InlineData("a.konsul", true)]
    [InlineData("akonsul", false)]
    [InlineData("a.xkonsul", false)]
    [InlineData("konsul.a", false)]
    public void IsWithin_Zone_BeginsAtALabel(string name, bool within) =>
        Assert.Equal(within, DomainName.IsWithin(DomainName.FromText(name), DomainName.FromText("konsul")));

    [Fact]
    public void IsWithin_ZoneHiddenInALabel_IsNot()
    {
        // One label whose bytes look like ".konsul".
        byte[] name = [8, (byte)'x', 6, .. "konsul"u8, 0];

        Assert.False(DomainName.IsWithin(name, DomainName.FromText("konsul")));
    }

    [Theory]
    [InlineData("c000", 0)]
    [InlineData("0161c000", 0)]
    [InlineData("0161c002", 2)]
    [InlineData("c002c000", 0)]
    [InlineData("c002c000", 2)]
    [InlineData("c0", 0)]
    [InlineData("0561", 0)]
    [InlineData("8061", 0)]
    [InlineData("0161", 5)]
    public void Expand_LoopOrLie_IsNull(string hex, int at) => Assert.Null(DomainName.Expand(Convert.FromHexString(hex), at));

    [Fact]
    public void Expand_AnyBytes_EndsWithANameOrNull() => Prop.ForAll<byte[], byte>((bytes, at) =>
        DomainName.Expand(bytes, at) is not { } name || (name.Length is > 0 and <= 255 && name[^1] == 0)).QuickCheckThrowOnFailure();

    [Fact]
    public void Expand_Pointers_AreFollowedBackwards()
    {
        byte[] message = [1, (byte)'a', 0, 1, (byte)'b', 0xC0, 0, 1, (byte)'c', 0xC0, 3];

        Assert.Equal("c.b.a", DomainName.ToText(DomainName.Expand(message, 7)));
    }
}
