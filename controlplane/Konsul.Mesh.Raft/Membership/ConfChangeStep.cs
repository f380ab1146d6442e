namespace Konsul.Mesh.Raft.Membership;

/// <summary>One change of one member.</summary>
/// <param name="Type">What happens to it.</param>
/// <param name="NodeId">Which; 0 is skipped.</param>
public readonly record struct ConfChangeStep(ConfChangeType Type, ulong NodeId);
