using System.Net.Sockets;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>Options that every data-plane socket gets.</summary>
internal static class SocketTuning
{
    private const int IpProtocolTcp = 6;
    private const int TcpUserTimeout = 18;

    public static void Apply(Socket socket) => socket.NoDelay = true;

    /// <summary>Without these a peer that vanished is noticed after about 15 minutes of errors.</summary>
    public static void DetectVanishedPeer(Socket socket, TimeSpan ackTimeout)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(IpProtocolTcp, TcpUserTimeout, BitConverter.GetBytes((int)ackTimeout.TotalMilliseconds));
        }
    }
}
