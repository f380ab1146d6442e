using System.Net;
using Konsul.Mesh.Dns.Naming;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Tests.Naming;

public sealed class AddressNameTests
{
    [Theory]
    [InlineData("10.0.0.1", "0a000001")]
    [InlineData("2001:db8::ff", "20010db80000000000000000000000ff")]
    public void Hex_Address_ComesBack(string address, string hex)
    {
        Assert.Equal(hex, AddressName.ToHex(IPAddress.Parse(address)));
        Assert.Equal(IPAddress.Parse(address), AddressName.FromHex(hex));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0a00000")]
    [InlineData("0a00000g")]
    [InlineData("0a0000010")]
    [InlineData("20010db80000000000000000000000f")]
    public void FromHex_NoAddress_IsNull(string hex) => Assert.Null(AddressName.FromHex(hex));

    [Theory]
    [InlineData("1.0.0.10.in-addr.arpa", "10.0.0.1")]
    [InlineData("f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::ff")]
    [InlineData("0.0.10.in-addr.arpa", null)]
    [InlineData("1.0.0.256.in-addr.arpa", null)]
    [InlineData("1.0.0.-1.in-addr.arpa", null)]
    [InlineData("5.1.0.0.10.in-addr.arpa", null)]
    [InlineData("in-addr.arpa", null)]
    [InlineData("ff.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", null)]
    public void FromReverse_Name_IsTheAddressOrNull(string name, string? address)
    {
        var wire = DomainName.FromText(name)!;

        Assert.True(AddressName.IsReverse(wire));
        Assert.Equal(address is null ? null : IPAddress.Parse(address), AddressName.FromReverse(wire));
    }

    [Fact]
    public void IsReverse_NameThatOnlyEndsAlike_IsNot() => Assert.False(AddressName.IsReverse(DomainName.FromText("x.notin-addr.arpa")));
}
