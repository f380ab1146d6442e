using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Raft.Host.Peers.Network;

internal sealed class SocketPeerListener(Socket socket) : IPeerListener
{
    public IPEndPoint LocalEndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

    public async ValueTask<IPeerConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                throw new IOException($"No connection can be accepted: {e.Message}", e);
            }

            try
            {
                SocketPeerNetwork.Prepare(accepted);
                return new SocketPeerConnection(accepted);
            }
            catch (SocketException)
            {
                // It was reset while it waited; that is no reason to keep the next one waiting.
                accepted.Dispose();
            }
        }
    }

    public void Dispose() => socket.Dispose();
}
