using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>
/// From a directory to an open storage: the log is read and judged, then the snapshot it names; only when both are good is anything changed:
/// a torn tail cut, leftovers deleted.
/// </summary>
internal static class StorageRecovery
{
    public static Result Run(LogDirectory directory, long memoryBytes, ILogger logger)
    {
        var run = SegmentRun.Find(directory);
        if (run.Paths.Count == 0)
        {
            throw new LogDamagedException(
                directory.FileOf(SegmentFile.NameOf(1)), 0, "there is an identity but no segment of the log: files are missing.");
        }

        var check = SnapshotCheck.OfNewest(directory);
        var found = new StorageReplay(memoryBytes);
        var replay = SegmentReplay.Run(directory, run, found);
        var based = found.Finish(replay);
        var (usable, damage) = ChooseSnapshot(directory, based, check);
        if (damage is not null)
        {
            logger.LogWarning("{Message} The one before it is used, and the log from there on.", damage.Message);
        }

        directory.RemoveUnfinished();
        var repair = new StorageRepair
        {
            TornFile = replay.Torn?.File ?? "",
            TornOffset = replay.Torn?.Offset ?? 0,
            TornBytes = replay.Torn?.Bytes ?? 0,
            BadSnapshot = damage is null ? 0 : based.Current.Meta.Index,
        };
        var log = replay.Open(logger);
        try
        {
            KeepAside(directory, repair.BadSnapshot);
            DeleteObsolete(directory, log, based, andNewer: true);
        }
        catch
        {
            log.Dispose();
            throw;
        }

        return new Result(log, found.Entries, found.HardState, based with { Current = usable }, repair);
    }

    /// <summary>Segments that the base does not need, and snapshots that it does not name.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="log">Open.</param>
    /// <param name="based">What is needed.</param>
    /// <param name="andNewer">Also snapshots that are newer: of no use if the log does not name them after a restart; before, it may be about to.</param>
    public static void DeleteObsolete(LogDirectory directory, SegmentedLog log, LogBase based, bool andNewer)
    {
        SnapshotReceiver.RemoveStale(directory, based.Current.Meta.Index);
        log.DropBefore(based.FirstSegment);
        var deleted = false;
        foreach (var name in directory.Files.List(directory.Path))
        {
            if (SnapshotFile.TryParse(name, out var index) && index != based.Current.Meta.Index && index != based.Previous.Meta.Index
                && (andNewer || index < based.Current.Meta.Index))
            {
                directory.Files.Delete(directory.FileOf(name));
                deleted = true;
            }
        }

        if (deleted)
        {
            directory.Sync();
        }
    }

    private static void KeepAside(LogDirectory directory, ulong badSnapshot)
    {
        var name = SnapshotFile.NameOf(badSnapshot);
        if (badSnapshot > 0 && directory.Files.List(directory.Path).Contains(name, StringComparer.Ordinal))
        {
            directory.Files.Rename(directory.FileOf(name), directory.FileOf(name) + LogDirectory.BrokenSuffix);
            directory.Sync();
        }
    }

    /// <summary>The current snapshot; the previous one only if the current is bad and the log goes on from there without a gap.</summary>
    private static (SavedSnapshot Usable, LogDamagedException? Damage) ChooseSnapshot(LogDirectory directory, LogBase based, SnapshotCheck check)
    {
        if (check.WhyBad(based.Current) is not { } damage)
        {
            return (based.Current, null);
        }

        return based.Previous.Meta.Index >= based.Boundary && check.WhyBad(based.Previous) is null
            ? (based.Previous, damage)
            : throw damage;
    }

    internal sealed record Result(SegmentedLog Log, EntryTable Entries, HardState HardState, LogBase Base, StorageRepair Repair);
}
