using System.Buffers.Binary;
using System.Security.Cryptography;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>
/// The segments on disk, open for appending. Not thread-safe: the owner loop's. After an IOException other than a full disk it must not be
/// used again: what the disk holds is unknown.
/// </summary>
internal sealed class SegmentedLog : IDisposable
{
    private static readonly int SealSize = RecordHeader.Footprint(0) + BatchWriter.MarkerSize;

    private readonly LogDirectory _directory;
    private readonly BatchWriter _batch = new();
    private readonly List<SegmentFile> _segments;
    private OpenSegment _open;
    private LogPosition _position;
    private bool _hardStateDue = true;

    private SegmentedLog(LogDirectory directory, List<SegmentFile> segments, OpenSegment open, LogPosition position) =>
        (_directory, _segments, _open, _position) = (directory, segments, open, position);

    public ulong LastIndex => _position.LastIndex;

    public ulong FirstIndex => _segments[0].FirstIndex;

    public ulong Term => _position.Term;

    public int Segments => _segments.Count;

    public long Bytes => _segments.Sum(s => s.Bytes) + _open.Offset - FileHeader.Size;

    /// <summary>A log with its first segment.</summary>
    public static SegmentedLog CreateNew(LogDirectory directory)
    {
        var position = new LogPosition(0, 0, 1, 0);
        var (path, open) = CreateSegment(directory, 1, position, directory.SegmentBytes);
        return new(directory, [new SegmentFile(path, 1, 1, 0, 0)], open, position);
    }

    /// <summary>A log whose last segment was scanned to <paramref name="end"/>.</summary>
    public static SegmentedLog Continue(LogDirectory directory, List<SegmentFile> segments, SegmentImage last, long end, LogPosition position)
    {
        var file = directory.Files.Open(last.Path);
        return new(directory, segments, new OpenSegment(file, last.Header.Salt, Math.Max(file.Length, end), end), position);
    }

    /// <summary>Writes and syncs one batch; the entries get the indexes after <see cref="LastIndex"/>.</summary>
    /// <exception cref="IOException">Nothing of it counts. If the disk is full, the next batch may be tried; else the log is dead.</exception>
    public void Append(ulong term, IReadOnlyList<ReadOnlyMemory<byte>> commands)
    {
        var size = BatchWriter.MarkerSize + commands.Sum(c => (long)RecordHeader.Footprint(c.Length)) + HardStateSize();
        if (_open.Offset + size + SealSize > _open.Size)
        {
            Roll(size);
        }

        _batch.Begin(_open.Salt, _position.NextBatch, _position.Hash);
        if (_hardStateDue || term != _position.Term)
        {
            _batch.Add(RecordType.HardState, term, _position.LastIndex, System.Text.Encoding.UTF8.GetBytes(_directory.Identity.NodeId));
        }

        var index = _position.LastIndex;
        foreach (var command in commands)
        {
            _batch.Add(RecordType.Entry, term, ++index, command.Span);
        }

        _batch.End(term, index);
        WriteBatch();
        _position = new LogPosition(index, _batch.Hash, _position.NextBatch + 1, term);
        _segments[^1] = _segments[^1] with { LastIndex = index };
        _hardStateDue = false;
    }

    /// <summary>Deletes whole segments that end before <paramref name="keepFrom"/>; the newest always stays.</summary>
    public void DropBefore(ulong keepFrom)
    {
        var dropped = false;
        while (_segments.Count > 1 && _segments[0].LastIndex < keepFrom)
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

    private int HardStateSize() => RecordHeader.Footprint(_directory.Identity.NodeId.Length * 3);

    private void WriteBatch()
    {
        _open.File.WriteAll(_open.Offset, _batch.Bytes);
        Sync(_open.File);
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
        var (path, next) = CreateSegment(_directory, old.Sequence + 1, afterSeal, size);
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
        _segments.Add(new SegmentFile(path, old.Sequence + 1, afterSeal.LastIndex + 1, afterSeal.LastIndex, 0));
        (_open, _position, _hardStateDue) = (next, afterSeal, true);
    }

    /// <summary>Lays out the seal and says where the log stands behind it.</summary>
    private LogPosition SealedPosition()
    {
        _batch.Begin(_open.Salt, _position.NextBatch, _position.Hash);
        _batch.Add(RecordType.Seal, _position.Term, _position.LastIndex, []);
        _batch.End(_position.Term, _position.LastIndex);
        return _position with { Hash = _batch.Hash, NextBatch = _position.NextBatch + 1 };
    }

    private static (string Path, OpenSegment Segment) CreateSegment(LogDirectory directory, ulong sequence, LogPosition after, long size)
    {
        var path = directory.FileOf(SegmentFile.NameOf(sequence));
        var temporary = path + LogDirectory.TemporarySuffix;
        var salt = NewSalt();
        size = Math.Max(size, FileHeader.Size);
        var file = directory.Files.Create(temporary);
        try
        {
            file.Preallocate(size);
            var header = new FileHeader(directory.Identity, salt, sequence, after.LastIndex + 1, after.Term, after.Hash, after.NextBatch);
            file.WriteAll(0, header.ToBytes(FileHeader.SegmentMagic));
            Sync(file);
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
        return (path, new OpenSegment(file, salt, size, FileHeader.Size));
    }

    /// <summary>A failed sync is final even if the disk was full: the kernel may have dropped the pages and reports success the next time.</summary>
    private static void Sync(ILogFile file)
    {
        try
        {
            file.Sync();
        }
        catch (IOException e)
        {
            throw new IOException($"What was written may not be durable: {e.Message}", e);
        }
    }

    /// <summary>At least two bits in every byte: no byte is zero, nor becomes so when one bit flips.</summary>
    private static ulong NewSalt()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) | 0x8181818181818181;
    }
}
