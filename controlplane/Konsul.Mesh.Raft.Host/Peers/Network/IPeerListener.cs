using System.Net;

namespace Konsul.Mesh.Raft.Host.Peers.Network;

public interface IPeerListener : IDisposable
{
    /// <summary>With the port that was taken.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <exception cref="IOException">This connection could not be accepted; the next one may.</exception>
    ValueTask<IPeerConnection> AcceptAsync(CancellationToken cancellationToken);
}
