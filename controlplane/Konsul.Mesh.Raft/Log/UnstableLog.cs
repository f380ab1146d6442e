using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Konsul.Mesh.Raft.Diagnostics;

namespace Konsul.Mesh.Raft.Log;

/// <summary>
/// The end of the log that the storage is not known to hold: entries and at most one snapshot, first to be handed out, then being written. It may
/// begin before the storage's last index, when the next write replaces the storage's end.
/// </summary>
internal sealed class UnstableLog(ulong offset, RaftTracer trace)
{
    private readonly List<Entry> _entries = [];
    private bool _snapshotInProgress;

    /// <summary>Index of the first entry here, if there is one.</summary>
    public ulong Offset { get; private set; } = offset;

    /// <summary>Entries before this index are being written. Invariant: not below <see cref="Offset"/>.</summary>
    public ulong OffsetInProgress { get; private set; } = offset;

    /// <summary>Received and not yet in the storage.</summary>
    public Snapshot? Snapshot { get; private set; }

    public int Count => _entries.Count;

    public bool HasNextEntries => (ulong)_entries.Count > OffsetInProgress - Offset;

    public ReadOnlySpan<Entry> Entries => CollectionsMarshal.AsSpan(_entries);

    public Snapshot? NextSnapshot => _snapshotInProgress ? null : Snapshot;

    /// <summary>Of entries, or else of the snapshot.</summary>
    public bool TryGetLastIndex(out ulong index)
    {
        index = _entries.Count > 0 ? Offset + (ulong)_entries.Count - 1 : Snapshot?.Index ?? 0;
        return _entries.Count > 0 || Snapshot is not null;
    }

    public bool TryGetTerm(ulong index, out ulong term)
    {
        if (index >= Offset && index - Offset < (ulong)_entries.Count)
        {
            term = _entries[(int)(index - Offset)].Term;
            return true;
        }

        term = Snapshot?.Term ?? 0;
        return index < Offset && Snapshot?.Index == index;
    }

    /// <summary>Entries that nobody writes yet.</summary>
    public ImmutableArray<Entry> NextEntries() => HasNextEntries ? [.. Entries[(int)(OffsetInProgress - Offset)..]] : [];

    /// <summary>From index low up to but without high; both must be here.</summary>
    public ReadOnlySpan<Entry> Slice(ulong low, ulong high)
    {
        if (low > high || low < Offset || high > Offset + (ulong)_entries.Count)
        {
            throw new RaftInvariantException($"Entries {low} to {high} are not between {Offset} and {Offset + (ulong)_entries.Count}.");
        }

        return Entries[(int)(low - Offset)..(int)(high - Offset)];
    }

    /// <summary>What is here was handed out to be written.</summary>
    public void AcceptInProgress()
    {
        if (_entries.Count > 0)
        {
            OffsetInProgress = Offset + (ulong)_entries.Count;
        }

        _snapshotInProgress |= Snapshot is not null;
    }

    /// <summary>The storage holds everything up to this entry and no write that is under way will replace it.</summary>
    public void StableTo(EntryId id)
    {
        if (!TryGetTerm(id.Index, out var term))
        {
            trace.Info($"entry at index {id.Index} missing from unstable log; ignoring");
            return;
        }

        if (id.Index < Offset)
        {
            trace.Info($"entry at index {id.Index} matched unstable snapshot; ignoring");
            return;
        }

        if (term != id.Term)
        {
            // Replaced while it was being written.
            trace.Info($"entry at (index,term)=({id.Index},{id.Term}) mismatched with entry at ({id.Index},{term}) in unstable log; ignoring");
            return;
        }

        _entries.RemoveRange(0, (int)(id.Index + 1 - Offset));
        Offset = id.Index + 1;
        OffsetInProgress = Math.Max(OffsetInProgress, Offset);
    }

    public void StableSnapshotTo(ulong index)
    {
        if (Snapshot?.Index == index)
        {
            Snapshot = null;
            _snapshotInProgress = false;
        }
    }

    public void Restore(Snapshot snapshot)
    {
        _entries.Clear();
        Offset = OffsetInProgress = snapshot.Index + 1;
        Snapshot = snapshot;
        _snapshotInProgress = false;
    }

    /// <summary>Appends, after dropping what is there from the first new index on.</summary>
    public void TruncateAndAppend(ReadOnlySpan<Entry> entries)
    {
        var from = entries[0].Index;
        var end = Offset + (ulong)_entries.Count;
        if (from > end)
        {
            throw new RaftInvariantException($"Entry {from} would leave a gap behind {end - 1}.");
        }

        if (from <= Offset && from != end)
        {
            trace.Info($"replace the unstable entries from index {from}");
            _entries.Clear();
            Offset = OffsetInProgress = from;
        }
        else if (from < end)
        {
            trace.Info($"truncate the unstable entries before index {from}");
            _entries.RemoveRange((int)(from - Offset), (int)(end - from));
            OffsetInProgress = Math.Min(OffsetInProgress, from);
        }

        _entries.AddRange(entries);
    }
}
