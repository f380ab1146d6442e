namespace Konsul.Mesh.Raft.Host;

/// <summary>A change of leader or members was not made; nothing happened.</summary>
public sealed class ConsensusRefusedException(string message) : Exception(message);
