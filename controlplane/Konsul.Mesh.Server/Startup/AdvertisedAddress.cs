using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Server.Startup;

/// <summary>The address of this server's node in the catalog, which is also that of services registered without one.</summary>
internal static class AdvertisedAddress
{
    /// <summary>The address listened on; where that is any, the host's first IPv4 address that others can reach.</summary>
    public static IPAddress Of(HostPort listened)
    {
        var address = listened.ToEndPoint().Address;
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? First() ?? IPAddress.Loopback : address;
    }

    private static IPAddress? First() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(i => i.GetIPProperties().UnicastAddresses)
        .Select(a => a.Address)
        .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
}
