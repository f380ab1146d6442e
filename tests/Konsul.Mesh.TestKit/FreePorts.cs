using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Konsul.Mesh.TestKit;

/// <summary>
/// Ports nobody listens on right now, for programs that must be told a number. They lie below those that the system gives to outgoing connections: one
/// of these would be taken, now and then, by some connection of the machine before the program listens on it, or while it is away.
/// </summary>
public static class FreePorts
{
    private const int Lowest = 12_000;
    private const int HighestIfUnknown = 32_767;
    private static readonly Lock Choosing = new();
    private static readonly HashSet<int> Given = [];
    private static readonly int Highest = FirstOutgoing() - 1;

    public static int Next() => Next(1)[0];

    /// <summary>So many different ports.</summary>
    public static int[] Next(int count)
    {
        lock (Choosing)
        {
            return [.. Enumerable.Range(0, count).Select(_ => One())];
        }
    }

    private static int One()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(Lowest, Highest + 1);
            if (Given.Count > (Highest - Lowest) / 2)
            {
                Given.Clear();
            }

            if (IsFree(port) && Given.Add(port))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FirstOutgoing()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        var first = File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split('\t', ' ')[0], CultureInfo.InvariantCulture) : HighestIfUnknown + 1;
        return first > Lowest + 1000 ? first : HighestIfUnknown + 1;
    }
}
