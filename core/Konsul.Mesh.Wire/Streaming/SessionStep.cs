using Konsul.Mesh.Model.Snapshots;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>What a response led to: a snapshot to put in force, a refusal, or neither (it changed nothing that shows yet).</summary>
/// <param name="Snapshot">Set: apply it, then answer with <see cref="DiscoverySession.Accept"/> or <see cref="DiscoverySession.Refuse"/>.</param>
/// <param name="Refusal">Set: answer with <see cref="DiscoverySession.Refuse"/> and this text.</param>
public readonly record struct SessionStep(ProxySnapshot? Snapshot, string? Refusal);
