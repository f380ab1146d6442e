namespace Konsul.Mesh.Raft.Host;

/// <summary>
/// The rules by which the host around consensus keeps what consensus promises, each one a switch that only tests can turn: a suite that still
/// passes without a rule does not test it.
/// </summary>
[Flags]
internal enum HostRules : uint
{
    None = 0,

    /// <summary>A batch is synced before it counts as written.</summary>
    SyncBatches = 1 << 0,

    /// <summary>Answers leave after the batch that they tell of is written.</summary>
    AnswerAfterWrite = 1 << 1,

    /// <summary>Entries that a newer leader replaces, and all behind them, are gone from the storage.</summary>
    DropConflicts = 1 << 2,

    /// <summary>The same for those that were not written yet.</summary>
    DropUnwrittenConflicts = 1 << 3,

    /// <summary>The vote is written with the term.</summary>
    WriteVote = 1 << 4,

    /// <summary>A received snapshot becomes durable together with the hard state that came with it.</summary>
    SnapshotWithHardState = 1 << 5,

    /// <summary>A read waits until what it must see is applied.</summary>
    ReadWaitsForApply = 1 << 6,

    /// <summary>Commands of another server are appended once in a term, however often they come.</summary>
    ForwardedOnce = 1 << 7,

    /// <summary>Commands of another server are appended in the term that they were meant for, or not at all.</summary>
    ForwardedInTerm = 1 << 8,

    /// <summary>A command whose sending ended unknown is tried in another term only after an entry of that term was applied.</summary>
    UnknownWaitsForTerm = 1 << 9,

    /// <summary>What a restored snapshot holds is not applied again.</summary>
    SkipApplied = 1 << 10,

    /// <summary>A snapshot is written after what it holds is durable as committed.</summary>
    SnapshotAfterFence = 1 << 11,

    /// <summary>Nothing is written any more after a failed sync.</summary>
    StopOnDiskError = 1 << 12,

    /// <summary>Of commands that a snapshot may hold nobody says that they failed, nor are they tried again.</summary>
    SnapshotHidesOutcomes = 1 << 13,

    /// <summary>A change of members takes effect in the core before anything behind it is applied.</summary>
    MembersBeforeApply = 1 << 14,

    /// <summary>What was sent to a leader that was lost ends as unknown, not as refused.</summary>
    LostIsUnknown = 1 << 15,

    /// <summary>The directory is synced after names in it have changed.</summary>
    SyncNames = 1 << 16,

    /// <summary>A torn tail is cut before anything is written behind it.</summary>
    CutTornTail = 1 << 17,

    /// <summary>That a change of members is committed is durable as soon as it is applied.</summary>
    PersistMembers = 1 << 18,

    /// <summary>A snapshot that is no newer than the own one is answered, not refused: its sender does not know how far this server is.</summary>
    AnswerStaleSnapshot = 1 << 19,
    All = (1 << 20) - 1,
}
