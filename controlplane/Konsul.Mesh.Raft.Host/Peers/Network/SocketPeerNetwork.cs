using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Raft.Host.Peers.Network;

/// <summary>TCP. Small messages are urgent here, so nothing waits to be joined with the next; dead peers are noticed by keep-alive.</summary>
public sealed class SocketPeerNetwork : IPeerNetwork
{
    private const int Backlog = 512;
    private const int KeepAliveSeconds = 5;
    private const int KeepAliveProbes = 3;

    /// <summary>Linux's numbers.</summary>
    private const int TcpLevel = 6;
    private const int SynRetries = 7;
    private const int UserTimeout = 18;

    /// <summary>What was sent and is not acknowledged for so long ends the connection. Else a server that was cut off is heard of again only when the
    /// system next tries to send, and it waits about as long for that as the cut has lasted.</summary>
    private const int UnacknowledgedMilliseconds = 5000;

    public async ValueTask<IPeerConnection> ConnectAsync(PeerAddress address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Prepare(socket);
            SetRaw(socket, SynRetries, 1);
            await socket.ConnectAsync(address.Host, address.Port, cancellationToken).ConfigureAwait(false);
            return new SocketPeerConnection(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"{address} cannot be reached: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public IPeerListener Listen(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            socket.Listen(Backlog);
            return new SocketPeerListener(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"{address} cannot be listened on: {e.Message}", e);
        }
    }

    internal static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        SetRaw(socket, UserTimeout, UnacknowledgedMilliseconds);
    }

    private static void SetRaw(Socket socket, int option, int value)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(TcpLevel, option, BitConverter.GetBytes(value));
        }
    }
}
