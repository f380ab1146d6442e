using System.Collections.Immutable;

namespace Konsul.Mesh.Raft;

/// <summary>
/// What the host has to do now. With asynchronous storage writes, entries, hard state, snapshot and committed entries are also in the StorageAppend
/// and StorageApply messages, and those are what is to be carried out; the rest is to look at.
/// </summary>
public sealed record Ready
{
    /// <summary>Set when the leader or the role changed. On a change all reads that wait here must be failed.</summary>
    public SoftState? SoftState { get; init; }

    /// <summary>Set when it changed; to be durable before <see cref="MessagesAfterAppend"/> leave.</summary>
    public HardState? HardState { get; init; }

    public ImmutableArray<ReadState> ReadStates { get; init; } = [];

    /// <summary>To be appended, replacing what the storage holds from the first index on.</summary>
    public ImmutableArray<Entry> Entries { get; init; } = [];

    /// <summary>To be installed; comes without entries.</summary>
    public Snapshot? Snapshot { get; init; }

    /// <summary>To be applied, in order, after the entries are durable.</summary>
    public ImmutableArray<Entry> CommittedEntries { get; init; } = [];

    /// <summary>May leave before anything is durable.</summary>
    public ImmutableArray<Message> Messages { get; init; } = [];

    /// <summary>Votes and acknowledgements: leave when the entries and the hard state are durable. Empty with asynchronous storage writes, where
    /// StorageAppend carries them.</summary>
    public ImmutableArray<Message> MessagesAfterAppend { get; init; } = [];

    /// <summary>Something here must survive a power loss; a new commit index alone need not.</summary>
    public bool MustSync { get; init; }
}
