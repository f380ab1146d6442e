using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>
/// Reads all segments into a sink and judges what does not fit. Changes nothing until <see cref="Open"/>, which repairs only what cannot have
/// been acknowledged.
/// </summary>
internal sealed class SegmentReplay
{
    private const int SequenceAt = 24;
    private const int IndexAt = 32;
    private const int HashAt = 48;

    private readonly LogDirectory _directory;
    private readonly SegmentRun _run;
    private readonly List<SegmentFile> _segments = [];
    private string? _emptyNext;

    /// <summary>The next segment, read from the disk while this one is looked at.</summary>
    private Task<SegmentImage>? _ahead;
    private long _end;

    private SegmentReplay(LogDirectory directory, SegmentRun run) => (_directory, _run) = (directory, run);

    public LogPosition Position { get; private set; }

    public IReadOnlyList<SegmentFile> Segments => _segments;

    /// <summary>What <see cref="Open"/> is going to cut.</summary>
    public TornTail? Torn { get; private set; }

    /// <exception cref="LogDamagedException">Something that was durable is not as it was written.</exception>
    /// <exception cref="LogVersionException">A newer program wrote it.</exception>
    public static SegmentReplay Run(LogDirectory directory, SegmentRun run, IRecordSink sink)
    {
        var replay = new SegmentReplay(directory, run);
        for (var i = 0; i < run.Paths.Count; i++)
        {
            var next = i + 1 < run.Paths.Count ? run.Paths[i + 1] : null;
            if (replay.Read(run.Paths[i], next, isLastButOne: i + 2 == run.Paths.Count, sink))
            {
                break;
            }
        }

        return replay;
    }

    /// <summary>Cuts a torn tail (a copy stays as .broken), deletes what is left of an interrupted deletion or roll, and opens the log.</summary>
    public SegmentedLog Open(ILogger logger)
    {
        foreach (var path in _run.Leftover)
        {
            _directory.Files.Delete(path);
        }

        if (_emptyNext is not null)
        {
            _directory.Files.Delete(_emptyNext);
        }

        if (_run.Leftover.Count > 0 || _emptyNext is not null)
        {
            _directory.Sync();
        }

        if (Torn is not null)
        {
            CutTail(Torn, logger);
        }

        return SegmentedLog.Continue(_directory, _segments, _end, Position);
    }

    /// <returns>Whether it is the last one.</returns>
    private bool Read(string path, string? next, bool isLastButOne, IRecordSink sink)
    {
        var image = _ahead is null ? SegmentImage.Load(_directory, path) : _ahead.GetAwaiter().GetResult();
        _ahead = next is not null && _directory.IsConcurrent ? Task.Run(() => SegmentImage.Load(_directory, next)) : null;
        CheckContinues(image);
        var header = image.Header;
        sink.OnSegment(image);
        var from = _segments.Count > 0 ? Position : new LogPosition(header.Index - 1, header.PreviousHash, header.FirstBatch, header.Term);
        var scan = SegmentScan.Run(image, from, sink);
        (Position, _end) = (scan.Position, scan.End);
        _segments.Add(new SegmentFile(
            path, header.Sequence, header.Salt, header.Index, scan.Position.LastIndex, scan.End - FileHeader.Size, header.Created));
        if (next is not null && isLastButOne && !scan.Sealed && SegmentImage.Load(_directory, next).Bytes.Length == FileHeader.Size)
        {
            // The crash came after the next segment was made and before the seal that announces it was durable.
            (_emptyNext, next) = (next, null);
        }

        if (next is not null)
        {
            CheckSealed(image, scan, next);
            return false;
        }

        JudgeTail(image, scan);
        return true;
    }

    private void JudgeTail(SegmentImage image, SegmentScan scan)
    {
        if (scan.Sealed)
        {
            throw new LogDamagedException(
                image.Path, scan.End, $"it is sealed, so {SegmentFile.NameOf(image.Header.Sequence + 1)} must follow, but that file is missing.");
        }

        if (scan.Problem is { } problem)
        {
            if (TailVerdict.WhyDamaged(image, scan) is { } why)
            {
                throw new LogDamagedException(image.Path, problem.Offset, $"{problem.What} This is no torn tail: {why}.");
            }

            Torn = new TornTail(image.Path, scan.End, image.Bytes.Length - scan.End, problem.What);
        }
    }

    private void CutTail(TornTail torn, ILogger logger)
    {
        if (!_directory.Rules.HasFlag(HostRules.CutTornTail))
        {
            return;
        }

        logger.LogWarning(
            "{File} ends in a torn batch at byte {Offset} ({What}); it was never acknowledged and is cut, a copy is kept as .broken",
            torn.File,
            torn.Offset,
            torn.What);
        using var file = _directory.Files.Open(torn.File);
        using (var copy = _directory.Files.Create(torn.File + LogDirectory.BrokenSuffix))
        {
            var bytes = new byte[Math.Min(file.Length, torn.Offset + torn.Bytes)];
            var length = file.ReadAll(0, bytes);
            copy.WriteAll(0, bytes.AsSpan(0, length));
            copy.Sync();
        }

        var size = file.Length;
        file.Truncate(torn.Offset);
        file.Preallocate(Math.Max(size, torn.Offset));
        file.Sync();
        _directory.Sync();
    }

    private void CheckContinues(SegmentImage image)
    {
        var header = image.Header;
        if (!SegmentFile.TryParse(Path.GetFileName(image.Path), out var named) || named != header.Sequence)
        {
            throw new LogDamagedException(image.Path, SequenceAt, $"it is segment {header.Sequence}: files were swapped or renamed.");
        }

        if (_segments.Count == 0)
        {
            return;
        }

        if (header.Index != Position.LastIndex + 1)
        {
            throw new LogDamagedException(image.Path, IndexAt, $"it starts at entry {header.Index}, expected entry {Position.LastIndex + 1}.");
        }

        if (header.PreviousHash != Position.Hash || header.FirstBatch != Position.NextBatch)
        {
            throw new LogDamagedException(
                image.Path, HashAt, $"it continues {header.PreviousHash:x16}, expected {Position.Hash:x16}: it is from another history.");
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
}
