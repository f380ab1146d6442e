using System.Runtime.InteropServices;

namespace Konsul.Mesh.Raft;

/// <summary>A log in memory, for tests and simulations. Not safe for use by several threads.</summary>
public sealed class MemoryStorage : ILogStorage
{
    private readonly List<Entry> _entries = [];
    private (ulong Index, ulong Term) _before;

    public HardState HardState { get; set; }

    public ConfState Members => Snapshot.Members;

    public ulong FirstIndex => _before.Index + 1;

    public ulong LastIndex => _before.Index + (ulong)_entries.Count;

    public Snapshot Snapshot { get; private set; } = Snapshot.None;

    public LogRead TryGetTerm(ulong index, out ulong term)
    {
        term = 0;
        if (index < _before.Index)
        {
            return LogRead.Compacted;
        }

        if (index > LastIndex)
        {
            return LogRead.Unavailable;
        }

        term = index == _before.Index ? _before.Term : _entries[At(index)].Term;
        return LogRead.Ok;
    }

    public LogRead TryGetEntries(ulong low, ulong high, ulong maxBytes, List<Entry> into)
    {
        if (low <= _before.Index)
        {
            return LogRead.Compacted;
        }

        if (low > high || high > LastIndex + 1)
        {
            return LogRead.Unavailable;
        }

        var entries = CollectionsMarshal.AsSpan(_entries)[At(low)..At(high)];
        into.AddRange(entries[..EntrySize.CountWithin(entries, maxBytes)]);
        return LogRead.Ok;
    }

    /// <summary>Replaces what is there from the first index on; what is compacted already is skipped.</summary>
    /// <exception cref="ArgumentException">There would be a gap.</exception>
    public void Append(ReadOnlySpan<Entry> entries)
    {
        while (!entries.IsEmpty && entries[0].Index <= _before.Index)
        {
            entries = entries[1..];
        }

        if (entries.IsEmpty)
        {
            return;
        }

        if (entries[0].Index > LastIndex + 1)
        {
            throw new ArgumentException($"Entry {entries[0].Index} would leave a gap behind {LastIndex}.", nameof(entries));
        }

        _entries.RemoveRange(At(entries[0].Index), (int)(LastIndex + 1 - entries[0].Index));
        _entries.AddRange(entries);
    }

    /// <summary>Puts a snapshot in the place of the whole log.</summary>
    /// <returns>False for one that is not newer than the one here.</returns>
    public bool ApplySnapshot(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (!Snapshot.IsEmpty && snapshot.Index <= Snapshot.Index)
        {
            return false;
        }

        Snapshot = snapshot;
        _entries.Clear();
        _before = (snapshot.Index, snapshot.Term);
        return true;
    }

    /// <summary>Makes a snapshot of what the log holds up to an index; the log stays.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is not in the log.</exception>
    public Snapshot CreateSnapshot(ulong index, ConfState members)
    {
        if (index <= Snapshot.Index || TryGetTerm(index, out var term) != LogRead.Ok)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The log runs from {FirstIndex} to {LastIndex}.");
        }

        return Snapshot = new Snapshot(index, term, members);
    }

    /// <summary>Drops the entries up to and with an index, which must be applied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is not in the log.</exception>
    public void Compact(ulong index)
    {
        if (index <= _before.Index || TryGetTerm(index, out var term) != LogRead.Ok)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The log runs from {FirstIndex} to {LastIndex}.");
        }

        _entries.RemoveRange(0, (int)(index - _before.Index));
        _before = (index, term);
    }

    private int At(ulong index) => (int)(index - FirstIndex);
}
