namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>Which fields a message's body holds; absent ones are zero or empty. A present one never is, so each message has one encoding.</summary>
[Flags]
internal enum MessageFields : ushort
{
    None = 0,
    LogTerm = 1 << 0,
    Index = 1 << 1,
    Commit = 1 << 2,
    RejectHint = 1 << 3,
    Context = 1 << 4,
    Snapshot = 1 << 5,
    Entries = 1 << 6,
    All = (1 << 7) - 1,
}
