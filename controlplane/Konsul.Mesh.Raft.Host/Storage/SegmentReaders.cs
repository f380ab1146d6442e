using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>Reads single entries back from their segments. A handle per segment that was read from stays open until the segment goes.</summary>
internal sealed class SegmentReaders(LogDirectory directory) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, ILogFile> _open = [];
    private ulong _first;

    /// <returns>False when the segment was dropped meanwhile.</returns>
    /// <exception cref="LogDamagedException">The record is not what was written there.</exception>
    public bool TryRead(ulong index, in EntrySlot slot, out Entry entry)
    {
        entry = default;
        var bytes = new byte[RecordHeader.Size + slot.Length];
        try
        {
            if (Handle(slot.Segment) is not { } file)
            {
                return false;
            }

            file.ReadAll(slot.Offset, bytes);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        var body = bytes.AsMemory(RecordHeader.Size);
        if (!RecordHeader.TryRead(bytes, slot.Segment.Salt, out var header, out _) || header.Type != RecordType.Entry || header.Index != index
            || header.Term != slot.Term || header.BodyLength != slot.Length || header.BodyCrc != Checksum.Crc32C(body.Span))
        {
            throw new LogDamagedException(slot.Segment.Path, slot.Offset, $"entry {index} of term {slot.Term} is not there any more as it was written.");
        }

        BatchWriter.Mask(body.Span, slot.Segment.Salt);
        entry = new Entry(slot.Term, index, slot.Type, body);
        return true;
    }

    public void DropBefore(ulong sequence)
    {
        lock (_lock)
        {
            _first = Math.Max(_first, sequence);
            foreach (var old in _open.Keys.TakeWhile(s => s < sequence).ToList())
            {
                _open[old].Dispose();
                _open.Remove(old);
            }
        }
    }

    public void Dispose() => DropBefore(ulong.MaxValue);

    private ILogFile? Handle(SegmentKey segment)
    {
        lock (_lock)
        {
            if (segment.Sequence < _first)
            {
                return null;
            }

            if (!_open.TryGetValue(segment.Sequence, out var file))
            {
                _open[segment.Sequence] = file = directory.Files.Open(segment.Path);
            }

            return file;
        }
    }
}
