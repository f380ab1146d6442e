using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.State.Snapshots;

/// <summary>The byte that says what a snapshot record holds. Numbers are for ever. Records come in this order.</summary>
internal enum SnapshotTable : byte
{
    Nodes = 1,
    Instances = 2,
    Checks = 3,
    ServiceIndexes = 4,
    ConnectIndexes = 5,
    NodeIndexes = 6,
    Kv = 7,
    Tombstones = 8,
    Intentions = 9,
    Ca = 10,
    TableIndexes = 11,
    Servers = 12,
    Staged = 13,
    Autopilot = 14,
    RemovedServers = 15,

    /// <summary>Entries that are not <see cref="KvRow.IsPlain"/>.</summary>
    HeldKv = 30,
    KvPast = 31,
    Deadlines = 32,
    Sessions = 33,
    SessionsIndex = 34,
    KvHistoryHand = 35,

    Events = 50,
    Coordinates = 51,

    ConfigEntries = 60,
    ConfigIndexes = 61,
    PreparedQueries = 62,
    End = 255,
}
