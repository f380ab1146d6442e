namespace Konsul.Mesh.Raft.Replication;

/// <summary>How the leader sends to a follower.</summary>
public enum ProgressState
{
    /// <summary>Looking for the end of the common log: one message for each heartbeat.</summary>
    Probe,

    /// <summary>Sending ahead of the answers, within a window.</summary>
    Replicate,

    /// <summary>Waiting until a snapshot has arrived.</summary>
    Snapshot,
}
