using System.Net;

namespace Konsul.Mesh.Raft.Host.Peers.Network;

/// <summary>Two ordered streams of bytes. Disposing it ends both, at once and for good; it may be called more than once and from any thread.</summary>
public interface IPeerConnection : IDisposable
{
    Stream Stream { get; }

    IPEndPoint LocalEndPoint { get; }

    IPEndPoint RemoteEndPoint { get; }
}
