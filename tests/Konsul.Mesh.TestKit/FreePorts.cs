using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.TestKit;

/// <summary>Ports nobody listens on right now, for programs that must be told a number.</summary>
public static class FreePorts
{
    public static int Next() => Next(1)[0];

    /// <summary>So many different ports.</summary>
    public static int[] Next(int count)
    {
        var sockets = new Socket[count];
        try
        {
            // All stay bound until the last is: a port that is let go may be given out again.
            for (var i = 0; i < count; i++)
            {
                sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets[i].Bind(new IPEndPoint(IPAddress.Loopback, 0));
            }

            return [.. sockets.Select(s => ((IPEndPoint)s.LocalEndPoint!).Port)];
        }
        finally
        {
            foreach (var socket in sockets)
            {
                socket?.Dispose();
            }
        }
    }
}
