using Konsul.Mesh.Raft.Host.Snapshots;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What the append loop needs from around it; called on its thread.</summary>
internal interface IAppendHost
{
    /// <summary>An answer that was held until now: to this node's own core, or to another server.</summary>
    void Answer(Message answer);

    /// <summary>The received file of a snapshot that consensus has accepted; null if there is none.</summary>
    StagedSnapshot? TakeReceived(Snapshot snapshot);

    /// <summary>Replaces the state machine's state by the newest snapshot; returns when that is done.</summary>
    void RestoreState();

    /// <summary>Writing is impossible, or possible again.</summary>
    void DiskFull(bool isFull);

    /// <returns>False when the log is closing.</returns>
    bool Pause(TimeSpan time);
}
