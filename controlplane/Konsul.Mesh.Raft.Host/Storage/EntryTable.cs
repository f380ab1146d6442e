using System.Runtime.InteropServices;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>
/// Which entries there are, where each lies, and the data of the newest. One writer, any readers; the lock is held for memory only, never for
/// the disk. Invariants: slots follow each other without a gap behind the boundary; segments do not fall with the index; data is in memory from
/// one index on to the end.
/// </summary>
internal sealed class EntryTable(long memoryBytes)
{
    private readonly Lock _lock = new();
    private readonly List<EntrySlot> _slots = [];
    private ulong _boundary;
    private ulong _boundaryTerm;

    /// <summary>Position of the first slot with its data in memory.</summary>
    private int _cachedFrom;
    private long _cachedBytes;

    public ulong FirstIndex => Read(static t => t._boundary + 1);

    public ulong LastIndex => Read(static t => t.Last);

    public long CachedBytes => Read(static t => t._cachedBytes);

    private ulong Last => _boundary + (ulong)_slots.Count;

    /// <summary>Drops everything: the log is empty behind this entry.</summary>
    public void Reset(ulong boundary, ulong term)
    {
        lock (_lock)
        {
            _slots.Clear();
            (_boundary, _boundaryTerm, _cachedFrom, _cachedBytes) = (boundary, term, 0, 0);
        }
    }

    /// <summary>Puts entries in the place of the one at <paramref name="index"/> and of all behind it; readers see all or none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They leave a gap.</exception>
    public void Put(ulong index, params ReadOnlySpan<EntrySlot> slots)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(index, Last + 1);
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(index, _boundary);
            Truncate((int)(index - _boundary - 1));
            foreach (var slot in slots)
            {
                _slots.Add(slot);
                _cachedBytes += slot.Length;
            }

            Evict();
        }
    }

    /// <summary>Forgets the entries up to and with <paramref name="boundary"/>, which must be there or just before the first.</summary>
    public void DropThrough(ulong boundary, ulong term)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(boundary, _boundary);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(boundary, Last);
            var count = (int)(boundary - _boundary);
            _boundaryTerm = term;
            for (var i = _cachedFrom; i < count; i++)
            {
                _cachedBytes -= _slots[i].Length;
            }

            _slots.RemoveRange(0, count);
            _slots.Capacity = Math.Max(_slots.Count * 2, 16);
            (_boundary, _cachedFrom) = (boundary, Math.Max(0, _cachedFrom - count));
        }
    }

    public LogRead TryGetTerm(ulong index, out ulong term)
    {
        lock (_lock)
        {
            term = 0;
            if (index < _boundary)
            {
                return LogRead.Compacted;
            }

            if (index > Last)
            {
                return LogRead.Unavailable;
            }

            term = index == _boundary ? _boundaryTerm : _slots[(int)(index - _boundary - 1)].Term;
            return LogRead.Ok;
        }
    }

    /// <summary>Copies slots from <paramref name="low"/> on, before <paramref name="high"/>: one, then as many as have at most so many bytes.</summary>
    public LogRead TryGet(ulong low, ulong high, ulong maxBytes, List<EntrySlot> into)
    {
        lock (_lock)
        {
            if (low <= _boundary)
            {
                return LogRead.Compacted;
            }

            if (low >= high || high > Last + 1)
            {
                return LogRead.Unavailable;
            }

            ulong bytes = 0;
            for (var index = low; index < high; index++)
            {
                var slot = _slots[(int)(index - _boundary - 1)];
                bytes += (ulong)slot.Length;
                if (index > low && bytes > maxBytes)
                {
                    break;
                }

                into.Add(slot);
            }

            return LogRead.Ok;
        }
    }

    /// <summary>The segment in which an entry lies; null when there is no such entry.</summary>
    public ulong? SegmentOf(ulong index)
    {
        lock (_lock)
        {
            return index > _boundary && index <= Last ? _slots[(int)(index - _boundary - 1)].Segment.Sequence : null;
        }
    }

    /// <summary>The first entry of a window that ends with <paramref name="last"/>, of at most so many entries and bytes.</summary>
    public ulong WindowStart(ulong last, int entries, long bytes)
    {
        lock (_lock)
        {
            var first = last + 1;
            while (first - 1 > _boundary && last - first + 1 < (ulong)entries && (bytes -= _slots[(int)(first - _boundary - 2)].Length) >= 0)
            {
                first--;
            }

            return first;
        }
    }

    private void Truncate(int count)
    {
        for (var i = Math.Max(count, _cachedFrom); i < _slots.Count; i++)
        {
            _cachedBytes -= _slots[i].Length;
        }

        _slots.RemoveRange(count, _slots.Count - count);
        _cachedFrom = Math.Min(_cachedFrom, count);
    }

    private void Evict()
    {
        var slots = CollectionsMarshal.AsSpan(_slots);
        while (_cachedBytes > memoryBytes && _cachedFrom < slots.Length - 1)
        {
            ref var slot = ref slots[_cachedFrom++];
            _cachedBytes -= slot.Length;
            slot = slot with { Data = default };
        }
    }

    private T Read<T>(Func<EntryTable, T> read)
    {
        lock (_lock)
        {
            return read(this);
        }
    }
}
