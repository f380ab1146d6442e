using System.Buffers;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>
/// Snapshots, in an order that a crash at any point survives: the file is whole and durable, then it gets its name, then the log says that it
/// begins there, then the state machine is swapped (by the host, for a received one), then what is old is deleted.
/// </summary>
public sealed partial class RaftStorage
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private int _writing;
    private int _receiving;

    /// <summary>Starts a snapshot of the state machine; it is written on any thread while appends go on. One at a time.</summary>
    /// <param name="meta">As of an entry that is committed and applied.</param>
    /// <exception cref="InvalidOperationException">The entry is not committed, or is of another term; or another snapshot is being written.</exception>
    /// <exception cref="DiskFullException">No space; try another time.</exception>
    /// <exception cref="LogStoppedException">The disk failed, now or earlier.</exception>
    public SnapshotWriter BeginSnapshot(Snapshot meta)
    {
        ThrowIfStopped();
        if (meta.IsEmpty || meta.Index > HardState.Commit || (TryGetTerm(meta.Index, out var term) == LogRead.Ok && term != meta.Term))
        {
            throw new InvalidOperationException($"There is no committed entry {meta.Term}/{meta.Index} to take a snapshot at, {HardState}.");
        }

        Claim(ref _writing, "A snapshot is being written already.");
        return GuardedClaim(() => new SnapshotWriter(_watched, meta, () => Volatile.Write(ref _writing, 0)), ref _writing);
    }

    /// <summary>Starts, or goes on with, receiving a snapshot. One at a time; dispose the one before when a sender gives up.</summary>
    /// <exception cref="SnapshotRefusedException">Of another cluster, too large, malformed, or no newer than what is here.</exception>
    /// <exception cref="InvalidOperationException">Another one is being received.</exception>
    /// <exception cref="DiskFullException">No space; try another time.</exception>
    /// <exception cref="LogStoppedException">The disk failed, now or earlier.</exception>
    public SnapshotReceiver BeginReceive(SnapshotOffer offer)
    {
        ThrowIfStopped();
        var (meta, length, hash) = offer.Snapshot;
        if (offer.ClusterId != Identity.ClusterId)
        {
            throw Refuse(SnapshotRefusal.OtherCluster, $"The snapshot is of cluster \"{offer.ClusterId}\", this is \"{Identity.ClusterId}\".");
        }

        if (meta.IsEmpty || meta.Index > long.MaxValue || meta.Term == 0 || length < 4 || hash.Length != 64 || hash.AsSpan().ContainsAnyExcept(HexDigits))
        {
            throw Refuse(
                SnapshotRefusal.Malformed, $"No snapshot has index {meta.Index}, term {meta.Term}, {length} bytes and a hash of {hash.Length} digits.");
        }

        if (length > _options.MaxSnapshotBytes)
        {
            throw Refuse(SnapshotRefusal.TooLarge, $"The snapshot has {length} bytes, the limit is {_options.MaxSnapshotBytes}.");
        }

        if (meta.Index <= Snapshot.Index)
        {
            throw Refuse(SnapshotRefusal.Stale, $"The snapshot is at {meta.Index}, this node has one at {Snapshot.Index}.");
        }

        Claim(ref _receiving, "A snapshot is being received already.");
        return GuardedClaim(() => SnapshotReceiver.Open(_watched, offer.Snapshot, () => Volatile.Write(ref _receiving, 0)), ref _receiving);
    }

    /// <summary>
    /// Makes the log begin at a snapshot. If the log holds its entry, everything behind it stays, and a window before it; if not, the whole log is
    /// dropped. The writer's thread calls it, swaps the state machine if the snapshot was received, and then calls <see cref="DropObsolete"/>.
    /// </summary>
    /// <param name="staged">From a writer or a receiver of this storage.</param>
    /// <param name="hardState">Becomes durable with it; its commit index is raised to the snapshot's. Null when it has not changed.</param>
    /// <returns>False when there is one as new already: the file is deleted.</returns>
    /// <exception cref="InvalidOperationException">The hard state does not go with it. Nothing has changed.</exception>
    /// <exception cref="DiskFullException">Nothing has changed; the same can be tried again.</exception>
    /// <exception cref="LogStoppedException">The disk failed, now or earlier.</exception>
    public bool CommitSnapshot(StagedSnapshot staged, HardState? hardState = null)
    {
        ThrowIfStopped();
        var meta = staged.Saved.Meta;
        if (meta.Index <= Snapshot.Index)
        {
            Guarded(() => Delete(staged.Path));
            return false;
        }

        var (current, _) = _hardState;
        var next = hardState ?? current;
        next = next with { Commit = Math.Max(Math.Max(next.Commit, current.Commit), meta.Index) };
        var reset = TryGetTerm(meta.Index, out var held) != LogRead.Ok || held != meta.Term;
        if (reset && meta.Index <= current.Commit)
        {
            throw Broken($"the snapshot at {meta.Term}/{meta.Index} contradicts the committed entry of term {held} there");
        }

        if (meta.Term > next.Term)
        {
            throw Broken($"{next} does not go with a snapshot of term {meta.Term}");
        }

        Check([], current with { Commit = 0 }, next with { Commit = 0 });
        var based = BaseAt(staged.Saved, reset);
        Guarded(() =>
        {
            if (!staged.Published)
            {
                SnapshotFile.Publish(_directory, staged);
                staged.Published = true;
            }

            return _log.Append([], [based.ToRecord(reset), HardStateRecord.Of(next)]);
        });
        Volatile.Write(ref _hardState, new StateHolder(next, next));
        if (reset)
        {
            _entries.Reset(meta.Index, meta.Term);
        }
        else
        {
            _entries.DropThrough(based.Boundary, based.BoundaryTerm);
        }

        Volatile.Write(ref _base, based);
        PublishStatus();
        return true;
    }

    /// <summary>Deletes segments and snapshots that are not needed any more. The two newest snapshots stay. The writer's thread calls it.</summary>
    /// <exception cref="LogStoppedException">The disk failed, now or earlier.</exception>
    public void DropObsolete()
    {
        ThrowIfStopped();
        var based = _base;
        Guarded(() =>
        {
            _readers.DropBefore(based.FirstSegment);
            StorageRecovery.DeleteObsolete(_directory, _log, based, andNewer: false);
            return true;
        });
        PublishStatus();
    }

    /// <summary>The newest snapshot, to restore from or to send.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="LogDamagedException">The file is not what was written.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public SnapshotReader? OpenSnapshot()
    {
        while (true)
        {
            var index = Snapshot.Index;
            try
            {
                return index == 0 ? null : SnapshotReader.Open(_directory, index);
            }
            catch (FileNotFoundException) when (Snapshot.Index != index)
            {
                // It grew old between the two lines; the newer one is there.
            }
        }
    }

    private LogBase BaseAt(SavedSnapshot saved, bool reset)
    {
        var meta = saved.Meta;
        var newest = _log.Segments[^1].Sequence;
        if (reset)
        {
            return new LogBase(saved, _base.Current, newest, meta.Index, meta.Term);
        }

        var keepFrom = Math.Max(FirstIndex, _entries.WindowStart(meta.Index, _options.TrailingEntries, _options.TrailingBytes));
        TryGetTerm(keepFrom - 1, out var boundaryTerm);
        return new LogBase(saved, _base.Current, _entries.SegmentOf(keepFrom) ?? newest, keepFrom - 1, boundaryTerm);
    }

    private bool Delete(string path)
    {
        _directory.Files.Delete(path);
        return true;
    }

    private static void Claim(ref int flag, string refusal)
    {
        if (Interlocked.Exchange(ref flag, 1) != 0)
        {
            throw new InvalidOperationException(refusal);
        }
    }

    private T GuardedClaim<T>(Func<T> open, ref int flag)
    {
        try
        {
            return Guarded(open);
        }
        catch
        {
            Volatile.Write(ref flag, 0);
            throw;
        }
    }

    private static SnapshotRefusedException Refuse(SnapshotRefusal refusal, string message) => new(refusal, 0, message);
}
