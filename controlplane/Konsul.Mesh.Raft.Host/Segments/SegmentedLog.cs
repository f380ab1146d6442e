using System.Buffers.Binary;
using System.Security.Cryptography;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>
/// The segments on disk, open for appending batches of records. Not thread-safe: one owner writes. After an IOException other than a full
/// disk it must not be used again: what the disk holds is unknown.
/// </summary>
internal sealed class SegmentedLog : IDisposable
{
    /// <summary>Of one batch, bytes: recovery holds a segment in memory.</summary>
    public const long MaxBatch = 512 * 1024 * 1024;

    private static readonly int SealSize = RecordHeader.Footprint(0) + BatchWriter.MarkerSize;

    private readonly LogDirectory _directory;
    private readonly BatchWriter _batch = new();
    private readonly List<SegmentFile> _segments;
    private OpenSegment _open;
    private LogPosition _position;
    private bool _tailDirty;

    private SegmentedLog(LogDirectory directory, List<SegmentFile> segments, OpenSegment open, LogPosition position) =>
        (_directory, _segments, _open, _position) = (directory, segments, open, position);

    public LogPosition Position => _position;

    public IReadOnlyList<SegmentFile> Segments => _segments;

    /// <summary>Of records; what is only reserved is not counted.</summary>
    public long Bytes => _segments.Sum(s => s.Bytes) + _open.Offset - FileHeader.Size;

    /// <summary>Written since the start, seals included.</summary>
    public long WrittenBytes { get; private set; }

    public long Syncs { get; private set; }

    /// <summary>Nothing was written to the newest segment since it was opened: the next batch carries the preamble.</summary>
    public bool PreambleDue { get; private set; } = true;

    /// <summary>A log with its first segment.</summary>
    public static SegmentedLog CreateNew(LogDirectory directory)
    {
        var position = new LogPosition(0, 0, 1, 0);
        var (segment, open) = CreateSegment(directory, 1, position, directory.SegmentBytes);
        return new(directory, [segment], open, position);
    }

    /// <summary>A log whose last segment was scanned to <paramref name="end"/>.</summary>
    public static SegmentedLog Continue(LogDirectory directory, List<SegmentFile> segments, long end, LogPosition position)
    {
        var last = segments[^1];
        var file = directory.Files.Open(last.Path);
        segments[^1] = last with { Bytes = 0 };
        return new(directory, segments, new OpenSegment(file, last.Salt, Math.Max(file.Length, end), end), position);
    }

    /// <summary>Writes and syncs one batch.</summary>
    /// <param name="preamble">Written in front only if it is the first of a segment, so that older segments can go.</param>
    /// <param name="records">All or none of them will be found again.</param>
    /// <exception cref="IOException">Nothing of it counts. If the disk is full, the next batch may be tried; else the log is dead.</exception>
    public AppendedBatch Append(IReadOnlyList<LogRecord> preamble, IReadOnlyList<LogRecord> records)
    {
        var size = preamble.Sum(r => (long)r.Footprint) + records.Sum(r => (long)r.Footprint) + BatchWriter.MarkerSize;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxBatch, nameof(records));
        if (_open.Offset + size + SealSize > _open.Size)
        {
            Roll(size);
        }

        var position = _position;
        var behindPreamble = _open.Offset;
        _batch.Begin(_open.Salt, position.NextBatch, position.Hash);
        if (PreambleDue)
        {
            foreach (var record in preamble)
            {
                _batch.Add(record);
            }

            behindPreamble += _batch.Bytes.Length;
        }

        foreach (var record in records)
        {
            _batch.Add(record);
            position = position.After(record.Type, record.Flags, record.Term, record.Index);
        }

        _batch.End(position.Term, position.LastIndex);
        WriteBatch();
        _position = position with { Hash = _batch.Hash, NextBatch = position.NextBatch + 1 };
        _segments[^1] = _segments[^1] with { LastIndex = position.LastIndex };
        PreambleDue = false;
        return new AppendedBatch(_segments[^1], behindPreamble);
    }

    /// <summary>Deletes the segments before this one; the newest always stays.</summary>
    public void DropBefore(ulong sequence)
    {
        var dropped = false;
        while (_segments.Count > 1 && _segments[0].Sequence < sequence)
        {
            _directory.Files.Delete(_segments[0].Path);
            _segments.RemoveAt(0);
            dropped = true;
        }

        if (dropped)
        {
            _directory.Sync();
        }
    }

    public void Dispose() => _open.File.Dispose();

    private void WriteBatch()
    {
        if (_tailDirty)
        {
            // Half of a batch that was refused lies there; behind a shorter one it could pass for a torn tail.
            _open.File.Truncate(_open.Offset);
            _open.File.Preallocate(_open.Size);
            _tailDirty = false;
        }

        try
        {
            _open.File.WriteAll(_open.Offset, _batch.Bytes);
        }
        catch (IOException)
        {
            _tailDirty = true;
            throw;
        }

        Sync(_directory, _open.File);
        Syncs++;
        WrittenBytes += _batch.Bytes.Length;
        _open = _open with { Offset = _open.Offset + _batch.Bytes.Length };
    }

    /// <summary>
    /// The new segment is durable before the old one's seal says that it exists: a sealed last segment is a missing file, and an empty one
    /// behind an unsealed one is a crash in between.
    /// </summary>
    private void Roll(long batchBytes)
    {
        var old = _segments[^1];
        var afterSeal = SealedPosition();
        var size = Math.Max(_directory.SegmentBytes, FileHeader.Size + batchBytes + SealSize);
        var (segment, next) = CreateSegment(_directory, old.Sequence + 1, afterSeal, size);
        try
        {
            WriteBatch();
        }
        catch
        {
            next.File.Dispose();
            throw;
        }

        _open.File.Dispose();
        _segments[^1] = old with { Bytes = _open.Offset - FileHeader.Size };
        _segments.Add(segment);
        (_open, _position, PreambleDue) = (next, afterSeal, true);
    }

    /// <summary>Lays out the seal and says where the log stands behind it.</summary>
    private LogPosition SealedPosition()
    {
        _batch.Begin(_open.Salt, _position.NextBatch, _position.Hash);
        _batch.Add(RecordType.Seal, 0, _position.Term, _position.LastIndex, []);
        _batch.End(_position.Term, _position.LastIndex);
        return _position with { Hash = _batch.Hash, NextBatch = _position.NextBatch + 1 };
    }

    private static (SegmentFile Segment, OpenSegment Open) CreateSegment(LogDirectory directory, ulong sequence, LogPosition after, long size)
    {
        var path = directory.FileOf(SegmentFile.NameOf(sequence));
        var temporary = path + LogDirectory.TemporarySuffix;
        var (salt, created) = (NewSalt(directory), (ulong)directory.Time.GetUtcNow().ToUnixTimeMilliseconds());
        size = Math.Max(size, FileHeader.Size);
        var file = directory.Files.Create(temporary);
        try
        {
            file.Preallocate(size);
            var header = new FileHeader(directory.Identity, salt, sequence, after.LastIndex + 1, after.Term, after.Hash, after.NextBatch, created);
            file.WriteAll(0, header.ToBytes(FileHeader.SegmentMagic));
            Sync(directory, file);
        }
        catch (IOException e)
        {
            file.Dispose();
            if (e.IsDiskFull())
            {
                directory.Files.Delete(temporary);
            }

            throw;
        }

        directory.Files.Rename(temporary, path);
        directory.Sync();
        return (new SegmentFile(path, sequence, salt, after.LastIndex + 1, after.LastIndex, 0, created), new OpenSegment(file, salt, size, FileHeader.Size));
    }

    /// <summary>A failed sync is final even if the disk was full: the kernel may have dropped the pages and reports success the next time.</summary>
    private static void Sync(LogDirectory directory, ILogFile file)
    {
        var started = directory.Time.GetTimestamp();
        if (!directory.Rules.HasFlag(HostRules.SyncBatches))
        {
            return;
        }

        try
        {
            file.Sync();
        }
        catch (IOException e)
        {
            throw new IOException($"What was written may not be durable: {e.Message}", e);
        }

        directory.OnSync?.Invoke(directory.Time.GetElapsedTime(started));
    }

    /// <summary>At least two bits in every byte: no byte is zero, nor becomes so when one bit flips.</summary>
    private static ulong NewSalt(LogDirectory directory)
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return (directory.Salts?.Invoke() ?? BinaryPrimitives.ReadUInt64LittleEndian(bytes)) | 0x8181818181818181;
    }
}
