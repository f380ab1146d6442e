using System.Runtime.InteropServices;
using Konsul.Mesh.Raft.Diagnostics;

namespace Konsul.Mesh.Raft.Log;

/// <summary>
/// The whole log: what the storage holds, and behind it what is not there yet.
/// Invariant: Applied &lt;= Applying &lt;= Committed &lt;= LastIndex, and none of them decreases.
/// </summary>
internal sealed partial class RaftLog
{
    private readonly ILogStorage _storage;
    private readonly RaftTracer _trace;

    public RaftLog(ILogStorage storage, RaftTracer trace, ulong maxApplyingBytes)
    {
        (_storage, _trace, _maxApplyingBytes) = (storage, trace, maxApplyingBytes);
        if (storage.FirstIndex == 0 || storage.LastIndex + 1 < storage.FirstIndex)
        {
            throw new RaftInvariantException($"The stored log runs from {storage.FirstIndex} to {storage.LastIndex}.");
        }

        Unstable = new UnstableLog(storage.LastIndex + 1, trace);
        Committed = Applying = Applied = storage.FirstIndex - 1;
    }

    public UnstableLog Unstable { get; }

    public ulong Committed { get; private set; }

    public ulong FirstIndex => Unstable.Snapshot is { } snapshot ? snapshot.Index + 1 : _storage.FirstIndex;

    public ulong LastIndex => Unstable.TryGetLastIndex(out var index) ? index : _storage.LastIndex;

    /// <summary>The newest snapshot, or null when there is none that the log connects to.</summary>
    public Snapshot? Snapshot
    {
        get
        {
            var snapshot = Unstable.Snapshot ?? _storage.Snapshot;
            return snapshot.IsEmpty || snapshot.Index + 1 < FirstIndex ? null : snapshot;
        }
    }

    public EntryId LastId
    {
        get
        {
            var index = LastIndex;
            return TryGetTerm(index, out var term) == LogRead.Ok
                ? new EntryId(term, index)
                : throw new RaftInvariantException($"The term of the last entry {index} is unknown.");
        }
    }

    public LogRead TryGetTerm(ulong index, out ulong term)
    {
        if (Unstable.TryGetTerm(index, out term))
        {
            return LogRead.Ok;
        }

        term = 0;
        if (index + 1 < FirstIndex)
        {
            return LogRead.Compacted;
        }

        return index > LastIndex ? LogRead.Unavailable : _storage.TryGetTerm(index, out term);
    }

    public ulong TermOrZero(ulong index) => TryGetTerm(index, out var term) == LogRead.Ok ? term : 0;

    public bool Matches(EntryId id) => TryGetTerm(id.Index, out var term) == LogRead.Ok && term == id.Term;

    /// <summary>Whether a log that ends with this entry holds at least what this one does: newer term first, then longer.</summary>
    public bool IsUpToDate(EntryId theirs)
    {
        var ours = LastId;
        return theirs.Term > ours.Term || (theirs.Term == ours.Term && theirs.Index >= ours.Index);
    }

    /// <summary>What a leader sends: entries behind <paramref name="previous"/>, if this log holds that one.</summary>
    /// <param name="previous">The entry before the first.</param>
    /// <param name="entries">Without gaps behind it.</param>
    /// <param name="commit">The leader's.</param>
    /// <param name="last">The last index that is now known to match.</param>
    /// <param name="needsMatch">False skips the comparison (only to show that a test notices).</param>
    public bool TryAppend(EntryId previous, ReadOnlySpan<Entry> entries, ulong commit, out ulong last, bool needsMatch)
    {
        last = previous.Index + (ulong)entries.Length;
        if (needsMatch ? !Matches(previous) : previous.Index > LastIndex)
        {
            return false;
        }

        var conflict = FindConflict(entries);
        if (conflict != 0 && conflict <= Committed)
        {
            throw new RaftInvariantException($"Entry {conflict} of the leader contradicts one that is committed (up to {Committed}).");
        }

        if (conflict != 0)
        {
            Append(entries[(int)(conflict - previous.Index - 1)..]);
        }

        CommitTo(Math.Min(commit, last));
        return true;
    }

    public ulong Append(ReadOnlySpan<Entry> entries)
    {
        if (!entries.IsEmpty)
        {
            if (entries[0].Index <= Committed)
            {
                throw new RaftInvariantException($"Entry {entries[0].Index} would replace a committed one (up to {Committed}).");
            }

            Unstable.TruncateAndAppend(entries);
        }

        return LastIndex;
    }

    /// <summary>
    /// The highest index up to <paramref name="index"/> where a log that has <paramref name="term"/> there could agree with this one: terms only
    /// grow along a log, so everything with a newer term cannot be common. Skips a whole term in one answer.
    /// </summary>
    public EntryId FindConflictByTerm(ulong index, ulong term)
    {
        for (; index > 0; index--)
        {
            if (TryGetTerm(index, out var ours) != LogRead.Ok)
            {
                return new EntryId(0, index);
            }

            if (ours <= term)
            {
                return new EntryId(ours, index);
            }
        }

        return default;
    }

    public void CommitTo(ulong index)
    {
        if (index <= Committed)
        {
            return;
        }

        if (index > LastIndex)
        {
            throw new RaftInvariantException(
                $"The leader knows entry {index} to be here, but the log ends at {LastIndex}: it was damaged, truncated or lost.");
        }

        Committed = index;
    }

    public bool TryCommit(EntryId at, bool ifMatches)
    {
        if (at.Term == 0 || at.Index <= Committed || !(ifMatches ? Matches(at) : at.Index <= LastIndex))
        {
            return false;
        }

        CommitTo(at.Index);
        return true;
    }

    public void Restore(Snapshot snapshot)
    {
        _trace.Info($"log [{Describe()}] starts to restore snapshot [index: {snapshot.Index}, term: {snapshot.Term}]");
        Committed = snapshot.Index;
        Unstable.Restore(snapshot);
    }

    /// <summary>Entries from <paramref name="low"/> on, as many as fit.</summary>
    public LogRead TryRead(ulong low, ulong maxBytes, List<Entry> into) =>
        low > LastIndex ? LogRead.Ok : TryRead(low, LastIndex + 1, maxBytes, into);

    /// <summary>Entries from low up to but without high, as many as fit and at least one; <see cref="LogRead.Ok"/> or Compacted.</summary>
    public LogRead TryRead(ulong low, ulong high, ulong maxBytes, List<Entry> into)
    {
        if (low > high || high > LastIndex + 1)
        {
            throw new RaftInvariantException($"Entries {low} to {high} are not in a log that ends at {LastIndex}.");
        }

        if (low < FirstIndex)
        {
            return LogRead.Compacted;
        }

        var size = 0UL;
        if (low < Unstable.Offset)
        {
            var cut = Math.Min(high, Unstable.Offset);
            var read = _storage.TryGetEntries(low, cut, maxBytes, into);
            if (read == LogRead.Unavailable || (read == LogRead.Ok && into.Count == 0))
            {
                throw new RaftInvariantException($"The storage lost entries between {low} and {cut}.");
            }

            size = EntrySize.Of(CollectionsMarshal.AsSpan(into));
            if (read != LogRead.Ok || high <= Unstable.Offset || (ulong)into.Count < cut - low || size >= maxBytes)
            {
                return read;
            }

            low = cut;
        }

        if (low < high)
        {
            var unstable = Unstable.Slice(low, high);
            unstable = unstable[..EntrySize.CountWithin(unstable, maxBytes - size)];
            if (into.Count == 0 || size + EntrySize.Of(unstable) <= maxBytes)
            {
                into.AddRange(unstable);
            }
        }

        return LogRead.Ok;
    }

    /// <summary>The first entry that is not here as it is there; 0 when all are.</summary>
    private ulong FindConflict(ReadOnlySpan<Entry> entries)
    {
        foreach (ref readonly var entry in entries)
        {
            if (!Matches(EntryId.Of(entry)))
            {
                if (entry.Index <= LastIndex)
                {
                    _trace.Info(
                        $"found conflict at index {entry.Index} [existing term: {TermOrZero(entry.Index)}, conflicting term: {entry.Term}]");
                }

                return entry.Index;
            }
        }

        return 0;
    }

    private string Describe() =>
        $"committed={Committed}, applied={Applied}, applying={Applying}, unstable.offset={Unstable.Offset}, "
        + $"unstable.offsetInProgress={Unstable.OffsetInProgress}, len(unstable.Entries)={Unstable.Count}";
}
