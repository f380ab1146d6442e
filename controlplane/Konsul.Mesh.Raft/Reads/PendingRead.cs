namespace Konsul.Mesh.Raft.Reads;

/// <summary>A read that waits on the leader.</summary>
/// <param name="Number">The leader's; grows from read to read.</param>
/// <param name="Index">Committed when the read arrived.</param>
/// <param name="From">Who asks.</param>
/// <param name="Token">The asker's own number, handed back.</param>
internal readonly record struct PendingRead(ulong Number, ulong Index, ulong From, ulong Token);
