namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>Whose data directory it is; in the header of every file, so that another's files are refused by name.</summary>
/// <param name="ClusterId">Given at bootstrap, the same on all members; not empty.</param>
/// <param name="NodeId">This node's among them; not 0, never given to another node.</param>
public sealed record RaftIdentity(string ClusterId, ulong NodeId);
