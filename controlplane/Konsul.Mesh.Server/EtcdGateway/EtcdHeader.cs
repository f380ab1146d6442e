namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>What every answer begins with. The revision is the index of the state.</summary>
internal sealed record EtcdHeader(ulong Cluster, ulong Member, ulong Revision, ulong Term);
