using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Bench.Processes;

/// <summary>Hands out ports of the loopback address that were free when asked and that it has not handed out before.</summary>
internal static class FreePort
{
    private static readonly HashSet<int> Taken = [];

    public static int Next()
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            lock (Taken)
            {
                if (Taken.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
