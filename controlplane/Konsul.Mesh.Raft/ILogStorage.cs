namespace Konsul.Mesh.Raft;

/// <summary>
/// The durable log as the core reads it, on the core's own thread, without waiting. It holds what was reported durable and no less; it changes
/// only by what the core has asked for (StorageAppend) and by compaction of applied entries.
/// </summary>
public interface ILogStorage
{
    /// <summary>As found at start: what was last made durable.</summary>
    HardState HardState { get; }

    /// <summary>The configuration at start, as of the applied index.</summary>
    ConfState Members { get; }

    /// <summary>The first index whose entry is there: one behind the snapshot.</summary>
    ulong FirstIndex { get; }

    /// <summary>The last index; <see cref="FirstIndex"/> - 1 when there is no entry.</summary>
    ulong LastIndex { get; }

    /// <summary>The snapshot that the log begins at.</summary>
    Snapshot Snapshot { get; }

    /// <summary>The term of an entry; also known for the index just before <see cref="FirstIndex"/>.</summary>
    LogRead TryGetTerm(ulong index, out ulong term);

    /// <summary>Entries from <paramref name="low"/> up to but without <paramref name="high"/>, added to <paramref name="into"/>: at least one, then as many
    /// as fit into <paramref name="maxBytes"/>.</summary>
    LogRead TryGetEntries(ulong low, ulong high, ulong maxBytes, List<Entry> into);
}
