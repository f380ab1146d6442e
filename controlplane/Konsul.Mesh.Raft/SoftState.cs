namespace Konsul.Mesh.Raft;

/// <summary>Who leads and what this node is; lost on a restart.</summary>
/// <param name="Leader">0 when nobody is known.</param>
/// <param name="Role">This node's.</param>
public readonly record struct SoftState(ulong Leader, RaftRole Role);
