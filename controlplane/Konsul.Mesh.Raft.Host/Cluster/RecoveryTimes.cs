namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>What it took to get back what a server had on its disk, without what it applied of the log after that.</summary>
/// <param name="Reading">The log was read, and the snapshot verified.</param>
/// <param name="Entries">How many the log holds.</param>
/// <param name="Restoring">The state was made of the snapshot.</param>
/// <param name="SnapshotBytes">Of its content; 0 without one.</param>
/// <param name="SnapshotIndex">Where the state stood then; 0 without one.</param>
public sealed record RecoveryTimes(TimeSpan Reading, ulong Entries, TimeSpan Restoring, long SnapshotBytes, ulong SnapshotIndex);
