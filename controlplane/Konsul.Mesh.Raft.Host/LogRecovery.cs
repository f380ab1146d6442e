using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host;

/// <summary>
/// Brings the state machine to where the disk is: newest good snapshot, then the log. Repairs only what cannot have been acknowledged, and
/// refuses everything else by a <see cref="LogDamagedException"/>.
/// </summary>
internal sealed class LogRecovery(LogDirectory directory, IReplicatedStateMachine machine, ILogger logger)
{
    private const int IndexAt = 32;
    private const string BrokenSuffix = ".broken";

    private readonly ILogFileSystem _files = directory.Files;
    private ulong _applied;

    public RecoveredLog Run()
    {
        RemoveUnfinished();
        var names = _files.List(directory.Path);
        var segments = names.Where(n => SegmentFile.TryParse(n, out _)).Order(StringComparer.Ordinal).Select(directory.FileOf).ToList();
        var snapshots = RestoreNewest(names, segments);
        _applied = snapshots.Count == 0 ? 0 : snapshots[0].Index;
        if (segments.Count == 0)
        {
            return snapshots.Count == 0
                ? new RecoveredLog(SegmentedLog.CreateNew(directory), snapshots, 0)
                : throw new LogDamagedException(snapshots[0].Path, 0, "there is this snapshot but no segment of the log: files are missing.");
        }

        var log = Replay(segments);
        if (log.LastIndex < _applied)
        {
            log.Dispose();
            throw new LogDamagedException(
                segments[^1], 0, $"the log ends at entry {log.LastIndex}, before the snapshot at {_applied}: files are missing.");
        }

        return new RecoveredLog(log, snapshots, _applied);
    }

    private void RemoveUnfinished()
    {
        foreach (var name in _files.List(directory.Path).Where(n => n.EndsWith(LogDirectory.TemporarySuffix, StringComparison.Ordinal)))
        {
            _files.Delete(directory.FileOf(name));
        }
    }

    /// <summary>A damaged snapshot is passed over only if an older one, or the log alone, reaches as far.</summary>
    /// <returns>The one restored, then older ones that are on the disk.</returns>
    private List<SnapshotFile> RestoreNewest(IReadOnlyList<string> names, List<string> segments)
    {
        var found = new List<SnapshotFile>();
        LogDamagedException? damage = null;
        var damaged = new List<string>();
        foreach (var name in names.OrderDescending(StringComparer.Ordinal))
        {
            if (!SnapshotFile.TryParse(name, out var index))
            {
                continue;
            }

            var path = directory.FileOf(name);
            if (found.Count > 0)
            {
                found.Add(new SnapshotFile(path, index, 0));
                continue;
            }

            try
            {
                found.Add(SnapshotFile.Restore(directory, path, index, machine));
            }
            catch (LogDamagedException e)
            {
                logger.LogWarning("{Message} An older snapshot is tried.", e.Message);
                damage ??= e;
                damaged.Add(path);
            }
        }

        var restored = found.Count == 0 ? 0 : found[0].Index;
        var first = segments.Count == 0 ? restored + 1 : ReadHeader(segments[0]).Index;
        if (first > restored + 1 || (segments.Count == 0 && damage is not null))
        {
            throw damage ?? new LogDamagedException(
                segments[0], IndexAt, $"the log starts at entry {first}, expected {restored + 1} or less: a segment or a snapshot is missing.");
        }

        damaged.ForEach(path => _files.Rename(path, path + BrokenSuffix));
        return found;
    }

    private SegmentedLog Replay(List<string> paths)
    {
        var segments = new List<SegmentFile>();
        LogPosition? position = null;
        for (var i = 0; i < paths.Count; i++)
        {
            var image = SegmentImage.Load(directory, paths[i]);
            CheckContinues(image, segments, position);
            var from = position ?? new LogPosition(image.Header.Index - 1, image.Header.PreviousHash, image.Header.FirstBatch, image.Header.Term);
            var scan = SegmentScan.Run(image, from, (index, _, command) => Apply(image.Path, index, command));
            position = scan.Position;
            segments.Add(new SegmentFile(image.Path, image.Header.Sequence, image.Header.Index, scan.Position.LastIndex, scan.End - FileHeader.Size));
            if (i + 2 == paths.Count && !scan.Sealed && IsEmpty(paths[i + 1]))
            {
                // The crash came after the next segment was made and before the seal that announces it was durable.
                _files.Delete(paths[i + 1]);
                directory.Sync();
                paths.RemoveAt(i + 1);
            }

            if (i + 1 == paths.Count)
            {
                return Open(image, scan, segments);
            }

            CheckSealed(image, scan, paths[i + 1]);
        }

        throw new InvalidOperationException("There was no segment.");
    }

    private SegmentedLog Open(SegmentImage image, SegmentScan scan, List<SegmentFile> segments)
    {
        if (scan.Problem is { } problem)
        {
            if (TailVerdict.WhyDamaged(image, scan) is { } why)
            {
                throw new LogDamagedException(image.Path, problem.Offset, $"{problem.What} This is no torn tail: {why}.");
            }

            CutTail(image, scan, problem);
        }

        if (scan.Sealed)
        {
            throw new LogDamagedException(
                image.Path, scan.End, $"it is sealed, so {SegmentFile.NameOf(image.Header.Sequence + 1)} must follow, but that file is missing.");
        }

        segments[^1] = segments[^1] with { Bytes = 0 };
        return SegmentedLog.Continue(directory, segments, image, scan.End, scan.Position);
    }

    private void CutTail(SegmentImage image, SegmentScan scan, (int Offset, string What) problem)
    {
        logger.LogWarning(
            "{File} ends in a torn batch at byte {Offset} ({What}); it was never acknowledged and is cut, a copy is kept as .broken",
            image.Path,
            problem.Offset,
            problem.What);
        using var file = _files.Open(image.Path);
        using (var copy = _files.Create(image.Path + BrokenSuffix))
        {
            var bytes = new byte[image.Bytes.Length];
            var length = file.ReadAll(0, bytes);
            copy.WriteAll(0, bytes.AsSpan(0, length));
            copy.Sync();
        }

        var size = file.Length;
        file.Truncate(scan.End);
        file.Preallocate(Math.Max(size, scan.End));
        file.Sync();
        directory.Sync();
    }

    private void Apply(string file, ulong index, ReadOnlyMemory<byte> command)
    {
        if (index <= _applied)
        {
            return;
        }

        try
        {
            machine.Apply(index, command);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new LogStoppedException($"Entry {index} in {file} cannot be applied: {e.Message}", e);
        }

        _applied = index;
    }

    private static void CheckContinues(SegmentImage image, List<SegmentFile> before, LogPosition? position)
    {
        var header = image.Header;
        if (!SegmentFile.TryParse(Path.GetFileName(image.Path), out var named) || named != header.Sequence)
        {
            throw new LogDamagedException(image.Path, 24, $"it is segment {header.Sequence}: files were swapped or renamed.");
        }

        if (position is not { } end)
        {
            return;
        }

        if (header.Sequence != before[^1].Sequence + 1 || header.Index != end.LastIndex + 1)
        {
            throw new LogDamagedException(
                image.Path,
                IndexAt,
                $"it starts at entry {header.Index} as segment {header.Sequence}, expected entry {end.LastIndex + 1} as segment {before[^1].Sequence + 1}:"
                    + " a segment is missing.");
        }

        if (header.PreviousHash != end.Hash || header.FirstBatch != end.NextBatch)
        {
            throw new LogDamagedException(image.Path, 48, $"it continues {header.PreviousHash:x16}, expected {end.Hash:x16}: it is from another history.");
        }
    }

    private static void CheckSealed(SegmentImage image, SegmentScan scan, string next)
    {
        if (scan.Problem is { } problem)
        {
            throw new LogDamagedException(image.Path, problem.Offset, $"{problem.What} This is no torn tail: {Path.GetFileName(next)} follows.");
        }

        if (!scan.Sealed)
        {
            throw new LogDamagedException(image.Path, scan.End, $"it ends without a seal, although {Path.GetFileName(next)} follows: its end is missing.");
        }
    }

    private bool IsEmpty(string path) => SegmentImage.Load(directory, path).Bytes.Length == FileHeader.Size;

    private FileHeader ReadHeader(string path)
    {
        using var file = _files.Open(path);
        var bytes = new byte[FileHeader.Size];
        var read = file.ReadAll(0, bytes);
        return FileHeader.Read(bytes.AsSpan(0, read), FileHeader.SegmentMagic, directory.Identity, path);
    }
}
