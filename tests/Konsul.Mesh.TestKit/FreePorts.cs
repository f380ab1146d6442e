using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.TestKit;

/// <summary>Ports nobody listens on right now, for programs that must be told a number.</summary>
public static class FreePorts
{
    public static int Next()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
