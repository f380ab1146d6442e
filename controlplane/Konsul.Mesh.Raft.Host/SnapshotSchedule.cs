namespace Konsul.Mesh.Raft.Host;

/// <summary>
/// When a log takes a snapshot: after so many entries or bytes, but not before the log has grown by a share of the snapshot before, so that a large
/// state is not written again and again for small changes. The price is a longer log to apply at the start: at most that share of the time that the
/// state itself takes.
/// </summary>
public sealed record SnapshotSchedule
{
    /// <summary>Default 10,000.</summary>
    public int Entries { get; init; } = 10_000;

    /// <summary>Bytes of entries. Default 64 MiB.</summary>
    public long Bytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Share of the last snapshot's bytes, from 0. Default 0.5.</summary>
    public double Growth { get; init; } = 0.5;

    /// <summary>What an entry costs a start beside its bytes, in bytes of a snapshot that could be read meanwhile.</summary>
    private const int EntryCost = 1024;

    /// <param name="entries">Applied since the last snapshot.</param>
    /// <param name="bytes">Of them.</param>
    /// <param name="lastSnapshot">Bytes of the last snapshot; 0 without one.</param>
    public bool IsDue(int entries, long bytes, long lastSnapshot) => (entries >= Entries || bytes >= Bytes) && bytes + ((long)entries * EntryCost) >= Growth * lastSnapshot;
}
