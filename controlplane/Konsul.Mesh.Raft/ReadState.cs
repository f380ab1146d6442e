namespace Konsul.Mesh.Raft;

/// <summary>A read may be answered from state that holds everything up to the index.</summary>
/// <param name="Number">As <see cref="RaftNode.ReadIndex"/> gave it.</param>
/// <param name="Index">Wait until it is applied.</param>
public readonly record struct ReadState(ulong Number, ulong Index);
