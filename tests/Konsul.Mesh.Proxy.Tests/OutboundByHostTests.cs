using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Proxy.Tests;

public sealed class OutboundByHostTests
{
    private readonly HostPort _address = new("127.0.0.1", FreePorts.Next());

    [Fact]
    public void GiveUp_TwoSidecarsStartedAtOnceAndTheOtherGotThePort_TheRestGoesOnWithoutIt()
    {
        var byHost = new OutboundByHost(_address, required: false, NullLogger.Instance);
        using var other = Take();

        var gaveUp = byHost.GiveUp(ProxySnapshot.Empty);

        Assert.True(gaveUp);
        Assert.Empty(byHost.AddTo(ProxySnapshot.Empty).Outbound);
        Assert.False(byHost.GiveUp(ProxySnapshot.Empty));
    }

    [Fact]
    public void GiveUp_AddressAskedForByName_Stays()
    {
        var byHost = new OutboundByHost(_address, required: true, NullLogger.Instance);
        using var other = Take();

        Assert.False(byHost.GiveUp(ProxySnapshot.Empty));
        Assert.Single(byHost.AddTo(ProxySnapshot.Empty).Outbound);
    }

    [Fact]
    public void GiveUp_ListenerIsInForce_Stays()
    {
        var byHost = new OutboundByHost(_address, required: false, NullLogger.Instance);
        var inForce = byHost.AddTo(ProxySnapshot.Empty);
        using var ourOwn = Take();

        Assert.False(byHost.GiveUp(inForce));
    }

    private TcpListener Take()
    {
        var listener = new TcpListener(IPAddress.Loopback, _address.Port);
        listener.Start();
        return listener;
    }
}
