using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Proxy.Control;

/// <summary>The address of this machine from which a server is reached.</summary>
internal static class LocalAddress
{
    /// <summary>Null while there is no way to any of them, or their names do not resolve.</summary>
    public static async Task<IPAddress?> TowardsAsync(IEnumerable<HostPort> servers, CancellationToken cancellation)
    {
        foreach (var server in servers)
        {
            try
            {
                foreach (var address in await Dns.GetHostAddressesAsync(server.Host, cancellation))
                {
                    // Connecting a datagram socket sends nothing; it asks the routing table.
                    using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                    socket.Connect(address, server.Port);
                    return ((IPEndPoint)socket.LocalEndPoint!).Address;
                }
            }
            catch (SocketException)
            {
                // The next server may be reachable.
            }
        }

        return null;
    }
}
