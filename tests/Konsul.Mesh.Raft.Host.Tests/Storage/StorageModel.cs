using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host.Storage;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>What a storage must hold, as simply as it can be said.</summary>
/// <param name="Start">The entry before the first of <paramref name="Entries"/>.</param>
/// <param name="Entries">All that was ever appended behind it and not replaced.</param>
/// <param name="HardState">The newest.</param>
/// <param name="DurableCommit">The commit index that was in the last batch: a crash may fall back to it, but not further.</param>
/// <param name="SnapshotIndex">0 for none.</param>
/// <param name="State">What the snapshot's reader must find.</param>
internal sealed record StorageModel(
    ulong Start, ImmutableList<Entry> Entries, HardState HardState, ulong DurableCommit, ulong SnapshotIndex, ulong SnapshotTerm, string State)
{
    public static StorageModel Empty { get; } = new(0, [], default, 0, 0, 0, "");

    public ulong Last => Start + (ulong)Entries.Count;

    public Entry this[ulong index] => Entries[(int)(index - Start - 1)];

    public ulong TermOf(ulong index) => index == SnapshotIndex ? SnapshotTerm : index == 0 ? 0 : this[index].Term;

    public StorageModel Append(IReadOnlyList<Entry> entries, HardState state) => this with
    {
        Entries = entries.Count == 0 ? Entries : Entries.GetRange(0, (int)(entries[0].Index - Start - 1)).AddRange(entries),
        HardState = state,
        DurableCommit = state.Commit,
    };

    public StorageModel Begin(ulong index, ulong term, string state, HardState hardState)
    {
        var continues = index > Start && index <= Last && this[index].Term == term;
        var next = this with { HardState = hardState, DurableCommit = hardState.Commit, SnapshotIndex = index, SnapshotTerm = term, State = state };
        return continues ? next : next with { Start = index, Entries = [] };
    }

    /// <returns>What is different in the storage; null when nothing is.</returns>
    /// <param name="storage">As recovered, or as it is.</param>
    /// <param name="recovered">Whether a commit index that was never synced may be lost.</param>
    public string? Difference(RaftStorage storage, bool recovered)
    {
        var hard = storage.HardState;
        if ((hard.Term, hard.Vote) != (HardState.Term, HardState.Vote) || hard.Commit > HardState.Commit
            || hard.Commit < (recovered ? DurableCommit : HardState.Commit))
        {
            return $"{hard}, expected {HardState} (commit {DurableCommit} durable)";
        }

        if (storage.Snapshot.Index != SnapshotIndex || storage.Snapshot.Term != SnapshotTerm || storage.State() != State)
        {
            return $"snapshot {storage.Snapshot}, expected {SnapshotTerm}/{SnapshotIndex}";
        }

        var first = storage.FirstIndex;
        if (storage.LastIndex != Last || first > SnapshotIndex + 1 || first <= Start)
        {
            return $"entries {first} to {storage.LastIndex}, expected to {Last}, snapshot {SnapshotIndex}, start {Start}";
        }

        var before = storage.TryGetTerm(first - 1, out var boundary);
        if (before != LogRead.Ok || (first - 1 > Start || first - 1 == SnapshotIndex ? boundary != TermOf(first - 1) : false))
        {
            return $"{before}: term {boundary} of boundary {first - 1}";
        }

        foreach (var entry in storage.Entries())
        {
            var expected = this[entry.Index];
            if (entry.Term != expected.Term || entry.Type != expected.Type || !entry.Data.Span.SequenceEqual(expected.Data.Span))
            {
                return $"{entry.Term}/{entry.Index} with {entry.Data.Length} bytes, expected {expected.Term}/{expected.Index} with {expected.Data.Length}";
            }
        }

        return null;
    }
}
