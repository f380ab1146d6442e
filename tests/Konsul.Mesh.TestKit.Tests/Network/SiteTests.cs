using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.TestKit.Network;

namespace Konsul.Mesh.TestKit.Tests.Network;

public sealed class SiteTests
{
    [Fact]
    public void OnLoopback_EverySite_HasAnAddressOfItsOwn()
    {
        var addresses = Site.OnLoopback(300).Concat(Site.OnLoopback(300)).Select(s => s.Address).ToArray();

        Assert.Equal(600, addresses.Distinct().Count());
        Assert.All(addresses, a => Assert.True(IPAddress.IsLoopback(IPAddress.Parse(a)), a));
    }

    [Fact]
    public void OnLoopback_PortTakenAtAnotherSite_IsFreeThere()
    {
        var sites = Site.OnLoopback(2);
        using var first = new TcpListener(IPAddress.Parse(sites[0].Address), 8500);
        using var second = new TcpListener(IPAddress.Parse(sites[1].Address), 8500);
        first.Start();

        second.Start();

        Assert.Equal(sites[1].At(8500), second.LocalEndpoint.ToString());
    }

    [Fact]
    public void FreePorts_AreNoneThatOutgoingConnectionsGet()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the range is read from /proc");
        var first = int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', ' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.SkipUnless(first > 20_000, "outgoing connections take nearly all ports here");

        var ports = FreePorts.Next(200);

        Assert.Equal(200, ports.Distinct().Count());
        Assert.All(ports, p => Assert.InRange(p, 1024, first - 1));
    }
}
