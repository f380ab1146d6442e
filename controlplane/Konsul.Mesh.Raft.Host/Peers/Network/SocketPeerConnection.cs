using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Raft.Host.Peers.Network;

internal sealed class SocketPeerConnection : IPeerConnection
{
    private readonly NetworkStream _stream;

    public SocketPeerConnection(Socket socket)
    {
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        RemoteEndPoint = (IPEndPoint)socket.RemoteEndPoint!;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public Stream Stream => _stream;

    public IPEndPoint LocalEndPoint { get; }

    public IPEndPoint RemoteEndPoint { get; }

    public void Dispose() => _stream.Dispose();
}
