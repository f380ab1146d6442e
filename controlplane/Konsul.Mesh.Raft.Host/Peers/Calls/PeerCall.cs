namespace Konsul.Mesh.Raft.Host.Peers.Calls;

/// <summary>A request of another server.</summary>
/// <param name="From">Who asks, and how it has proven that.</param>
/// <param name="Kind">What for; the numbers are the host's.</param>
/// <param name="Body">Its own bytes.</param>
public sealed record PeerCall(PeerHello From, ushort Kind, ReadOnlyMemory<byte> Body);
