using System.Net;
using Konsul.Mesh.Dns;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Server.Startup;

namespace Konsul.Mesh.Server.Tests.Startup;

public sealed class DnsSettingsTests
{
    [Fact]
    public void From_Defaults_AreConsuls()
    {
        var options = Read()!;

        Assert.Equal(new IPEndPoint(IPAddress.Any, 8600), options.Listen);
        Assert.Equal(["konsul", "consul"], options.Zones);
        Assert.Equal((3, 0, false, false, true), (options.UdpAnswerLimit, options.ARecordLimit, options.EnableTruncate, options.OnlyPassing, options.NodeMetaTxt));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(2), TimeSpan.FromHours(24)), (options.NodeTtl, options.RecursorTimeout, options.Soa.Expire));
        Assert.False(options.PortIsFree || options.RefuseZones);
    }

    [Fact]
    public void From_Dev_MayTakeAnotherPortUnlessOneIsAskedFor()
    {
        Assert.True(Read("--dev")!.PortIsFree);
        Assert.False(Read("--dev", "--dns-addr", "127.0.0.1:8601")!.PortIsFree);
    }

    [Fact]
    public void From_Off_IsNull() => Assert.Null(Read("--dns-enabled", "false"));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:53")]
    [InlineData("192.0.2.1:5353", "192.0.2.1:5353")]
    [InlineData("2001:db8::1", "[2001:db8::1]:53")]
    [InlineData("[2001:db8::1]:5353", "[2001:db8::1]:5353")]
    public void From_Recursor_HasAnAddressAndAPort(string text, string endPoint) =>
        Assert.Equal(endPoint, Assert.Single(Read("--dns-recursors", text)!.Recursors).ToString());

    [Fact]
    public void From_ServiceTtls_TheLaterHolds()
    {
        var ttls = Read("--dns-service-ttl", "api=1s,*=3s,API=2s")!.ServiceTtl;

        Assert.Equal((2, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)), (ttls.Count, ttls["api"], ttls["*"]));
    }

    [Fact]
    public void From_Acls_RefuseTheZonesWithoutAToken()
    {
        Assert.True(Read("root", "--dns-domain", "Mesh.Example.")!.RefuseZones);
        Assert.True(Read("root", "--dns-token", "other")!.RefuseZones);
        Assert.False(Read("root", "--dns-token", "root")!.RefuseZones);
        Assert.Equal(["mesh.example"], Read("root", "--dns-domain", "Mesh.Example.")!.Zones);
    }

    /// <param name="arguments">Options; a first one without dashes is the management token.</param>
    private static DnsOptions? Read(params string[] arguments)
    {
        var token = arguments is [[not '-', ..], ..] ? arguments[0] : null;
        string[] all = [.. arguments.Skip(token is null ? 0 : 1), "--data-dir", "/nowhere"];
        var values = ServerOptions.Schema.Parse(new ProcessEnvironment(all, new Dictionary<string, string>(), Stream.Null, Stream.Null)).Values!;
        return DnsSettings.From(values, "0.0.0.0", "dc1", "n1", token);
    }
}
