using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;

namespace Konsul.Mesh.Raft.Host;

/// <param name="Log">Open for appending.</param>
/// <param name="Snapshots">The one restored, then older ones on the disk.</param>
/// <param name="Applied">Where the state machine stands.</param>
internal sealed record RecoveredLog(SegmentedLog Log, List<SnapshotFile> Snapshots, ulong Applied);
