namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>What a sender says before the first chunk; the same offer after a restart goes on where it ended.</summary>
/// <param name="ClusterId">The sender's.</param>
/// <param name="Snapshot">What is going to be sent.</param>
public sealed record SnapshotOffer(string ClusterId, SavedSnapshot Snapshot);
