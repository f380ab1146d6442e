namespace Konsul.Mesh.Raft.Host;

/// <param name="Index">The command's place in the log.</param>
/// <param name="Term">The term it was appended in.</param>
/// <param name="Result">What the state machine's Apply returned.</param>
public readonly record struct Committed(ulong Index, ulong Term, object? Result);
