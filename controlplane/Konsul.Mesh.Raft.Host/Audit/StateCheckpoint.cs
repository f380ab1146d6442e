namespace Konsul.Mesh.Raft.Host.Audit;

/// <summary>What a server's state was at an index.</summary>
/// <param name="Index">The last entry that was applied then.</param>
/// <param name="Digest">Equal for equal states.</param>
public readonly record struct StateCheckpoint(ulong Index, UInt128 Digest);
