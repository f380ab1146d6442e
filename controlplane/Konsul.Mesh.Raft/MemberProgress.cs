using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft;

/// <summary>What a leader knows of one member.</summary>
/// <param name="Id">Whose.</param>
/// <param name="Match">Held durably up to here.</param>
/// <param name="Next">Sent next.</param>
/// <param name="State">How it is sent to.</param>
/// <param name="IsLearner">Does not vote.</param>
/// <param name="IsPaused">Nothing is sent until it answers.</param>
/// <param name="IsRecentlyActive">Heard from since the last check.</param>
/// <param name="PendingSnapshot">Index of the snapshot on its way; 0 for none.</param>
/// <param name="InflightMessages">Appends not answered.</param>
/// <param name="InflightBytes">Their payload.</param>
/// <param name="Text">The same in the notation of traces.</param>
public readonly record struct MemberProgress(
    ulong Id,
    ulong Match,
    ulong Next,
    ProgressState State,
    bool IsLearner,
    bool IsPaused,
    bool IsRecentlyActive,
    ulong PendingSnapshot,
    int InflightMessages,
    ulong InflightBytes,
    string Text);
