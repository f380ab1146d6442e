using System.Runtime.InteropServices;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>Writing. A batch is on the disk, synced, before anything of it can be read.</summary>
public sealed partial class RaftStorage
{
    private readonly List<LogRecord> _records = [];
    private readonly List<EntrySlot> _slots = [];

    /// <summary>
    /// Makes entries and hard state durable, all or none. The first entry may take the place of one that is there: it and all behind it are gone
    /// in the same moment.
    /// </summary>
    /// <param name="entries">Without gaps; their data is kept, not copied.</param>
    /// <param name="hardState">Null when it has not changed.</param>
    /// <param name="mustSync">False allows to keep a commit index that is all that changed in memory and to write it with the next batch.</param>
    /// <exception cref="InvalidOperationException">The batch would break the log: a gap, an entry that is committed, a term or commit index that
    /// falls, a second vote in a term. Nothing was written.</exception>
    /// <exception cref="DiskFullException">Nothing was written; the same batch can be tried again.</exception>
    /// <exception cref="LogStoppedException">The disk failed, now or earlier.</exception>
    public void Append(ReadOnlySpan<Entry> entries, HardState? hardState = null, bool mustSync = true)
    {
        ThrowIfStopped();
        var (current, durable) = _hardState;
        var next = hardState ?? current;
        Check(entries, current, next);
        if (entries.IsEmpty && (next == durable || (!mustSync && (next.Term, next.Vote) == (durable.Term, durable.Vote))))
        {
            Volatile.Write(ref _hardState, new StateHolder(next, durable));
            return;
        }

        _records.Clear();
        foreach (var entry in entries)
        {
            _records.Add(new LogRecord(RecordType.Entry, (byte)entry.Type, entry.Term, entry.Index, entry.Data));
        }

        if (next != durable)
        {
            _records.Add(HardStateRecord.Of(_options.Rules.HasFlag(HostRules.WriteVote) ? next : next with { Vote = 0 }));
        }

        var batch = Write(_records);
        var (offset, segment) = (batch.Offset, new SegmentKey(batch.Segment.Sequence, batch.Segment.Salt, batch.Segment.Path));
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = entries[i];
            _slots.Add(new EntrySlot(entry.Term, entry.Type, segment, offset, entry.Data.Length, entry.Data));
            offset += _records[i].Footprint;
        }

        if (!entries.IsEmpty)
        {
            if (!_options.Rules.HasFlag(HostRules.DropConflicts))
            {
                _entries.TryGet(entries[^1].Index + 1, LastIndex + 1, ulong.MaxValue, _slots);
            }

            _entries.Put(entries[0].Index, CollectionsMarshal.AsSpan(_slots));
        }

        Volatile.Write(ref _hardState, new StateHolder(next, next));
        _records.Clear();
        _slots.Clear();
    }

    /// <summary>One batch and its sync.</summary>
    private AppendedBatch Write(List<LogRecord> records)
    {
        var batch = Guarded(() => _log.Append([], records));
        PublishStatus();
        return batch;
    }

    private void Check(ReadOnlySpan<Entry> entries, HardState current, HardState next)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = entries[i];
            if (entry.Index != entries[0].Index + (ulong)i || entry.Type > EntryType.ConfChangeV2 || (i > 0 && entry.Term < entries[i - 1].Term))
            {
                throw Broken($"entry {i} of the batch is {entry.Type} {entry.Term}/{entry.Index}, after {entries[0].Term}/{entries[0].Index}");
            }
        }

        var last = LastIndex;
        if (!entries.IsEmpty)
        {
            var (first, newLast) = (entries[0].Index, entries[^1].Index);
            if (first > last + 1 || first < FirstIndex || newLast < current.Commit || entries[^1].Term > next.Term)
            {
                throw Broken(
                    $"entries {first} to {newLast} of term {entries[^1].Term} do not go with a log from {FirstIndex} to {last}, {current} and {next}");
            }

            if (TryGetTerm(first - 1, out var before) != LogRead.Ok || before > entries[0].Term)
            {
                throw Broken($"entry {first} of term {entries[0].Term} follows one of term {before}");
            }

            for (var index = first; index <= current.Commit; index++)
            {
                TryGetTerm(index, out var held);
                if (held != entries[(int)(index - first)].Term)
                {
                    throw Broken($"entry {index} of term {entries[(int)(index - first)].Term} would take the place of a committed one of term {held}");
                }
            }

            last = newLast;
        }

        if (next.Term < current.Term || next.Commit < current.Commit || next.Commit > last
            || (next.Term == current.Term && current.Vote != 0 && next.Vote != current.Vote))
        {
            throw Broken($"{next} cannot follow {current} with a log up to {last}");
        }
    }

    /// <summary>Runs what touches the disk. A failed write may have left anything there, and a failed sync is reported once only: no second try.</summary>
    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw Broken(e.Message);
        }
        catch (DiskFullException)
        {
            throw;
        }
        catch (IOException e) when (e.IsDiskFull())
        {
            throw new DiskFullException($"The disk of {_directory.Path} is full, nothing was written: {e.Message}", e);
        }
        catch (Exception e)
        {
            throw Stop(e);
        }
    }

    private Exception Stop(Exception e)
    {
        if (!_options.Rules.HasFlag(HostRules.StopOnDiskError))
        {
            return new DiskFullException($"Tried again: {e.Message}", e);
        }

        var failure = new LogStoppedException($"The storage in {_directory.Path} has stopped and the process must be started again: {e.Message}", e);
        if (Interlocked.CompareExchange(ref _failure, failure, null) is { } earlier)
        {
            return earlier;
        }

        _logger.LogCritical("{Message}", failure.Message);
        Volatile.Read(ref _onFailure)?.Invoke(failure);
        return failure;
    }

    private void ThrowIfStopped()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw failure;
        }
    }

    private void PublishStatus()
    {
        var age = _directory.Time.GetUtcNow().ToUnixTimeMilliseconds() - (long)_log.Segments[0].Created;
        Volatile.Write(ref _statusAt, _directory.Time.GetTimestamp());
        Volatile.Write(ref _status, new RaftStorageStatus
        {
            SnapshotIndex = _base.Current.Meta.Index,
            SnapshotBytes = _base.Current.Length,
            LogBytes = _log.Bytes,
            Segments = _log.Segments.Count,
            Syncs = _log.Syncs,
            WrittenBytes = _log.WrittenBytes,
            OldestLogAge = TimeSpan.FromMilliseconds(Math.Max(0, age)),
        });
    }

    private static InvalidOperationException Broken(string what) => new($"Nothing was written, the batch would break the log: {what}.");
}
