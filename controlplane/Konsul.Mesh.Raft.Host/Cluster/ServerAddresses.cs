namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>A server's name and where it is reached.</summary>
/// <param name="Name">Its node in the catalog.</param>
/// <param name="Raft">By other servers, host:port.</param>
/// <param name="Http">Its HTTP API, host:port; may be empty.</param>
/// <param name="Grpc">Its gRPC, host:port; may be empty.</param>
public sealed record ServerAddresses(string Name, string Raft, string Http, string Grpc);
