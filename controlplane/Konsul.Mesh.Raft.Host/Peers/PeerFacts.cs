namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>What a server says of itself.</summary>
/// <param name="NodeId">Not 0; never given to another node.</param>
/// <param name="ClusterId"><see cref="Guid.Empty"/> while it belongs to no cluster yet.</param>
/// <param name="RaftAddress">Where other servers reach it, <c>host:port</c>; at most 255 bytes, as the two below.</param>
/// <param name="HttpAddress">Where its HTTP API is; may be empty.</param>
/// <param name="GrpcAddress">Where its gRPC port is; may be empty.</param>
public sealed record PeerFacts(ulong NodeId, Guid ClusterId, string RaftAddress, string HttpAddress, string GrpcAddress);
