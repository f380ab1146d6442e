namespace Konsul.Mesh.State.Commands;

/// <summary>The byte that names a command in the log. Numbers are for ever: never reuse one.</summary>
internal enum CommandKind : byte
{
    Batch = 1,
    Register = 2,
    Deregister = 3,
    UpdateChecks = 4,
    KvSet = 5,
    KvDelete = 6,
    UpsertIntention = 7,
    DeleteIntention = 8,
    InitializeCa = 9,
    SetRoots = 10,
    RegisterServer = 11,
    RemoveServer = 12,
    StagePiece = 13,
    RestoreStaged = 14,
    SetAutopilot = 15,
    PublishRoot = 20,
    ActivateRoot = 21,
    AbandonRoot = 22,
    RemoveRoot = 23,
    SetCaConfig = 24,

    KvLock = 30,
    KvUnlock = 31,
    CreateSession = 32,
    DestroySession = 33,
    RenewSession = 34,
    Expire = 35,
    Transaction = 36,

    /// <summary>A <see cref="Commands.KvSet"/> with a TTL, which a reader of the first kind would not see.</summary>
    KvSetTimed = 37,
    KvRollback = 38,

    FireEvent = 50,
    UpdateCoordinates = 51,

    SetConfigEntry = 60,
    DeleteConfigEntry = 61,
    SetPreparedQuery = 62,
    DeletePreparedQuery = 63,
}
