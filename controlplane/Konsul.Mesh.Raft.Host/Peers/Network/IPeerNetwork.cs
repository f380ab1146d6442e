using System.Net;

namespace Konsul.Mesh.Raft.Host.Peers.Network;

/// <summary>Where connections come from; tests put one here that cuts, stalls and delays.</summary>
public interface IPeerNetwork
{
    /// <exception cref="IOException">Nobody answers there.</exception>
    ValueTask<IPeerConnection> ConnectAsync(PeerAddress address, CancellationToken cancellationToken);

    /// <exception cref="IOException">The address cannot be listened on.</exception>
    IPeerListener Listen(IPEndPoint address);
}
