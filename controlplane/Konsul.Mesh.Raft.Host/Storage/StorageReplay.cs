using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>What the records of all segments, one after the other, come to.</summary>
internal sealed class StorageReplay(long memoryBytes) : IRecordSink
{
    private SegmentKey? _segment;

    public EntryTable Entries { get; } = new(memoryBytes);

    public HardState HardState { get; private set; }

    /// <summary>Null when there was none.</summary>
    public LogBase? Base { get; private set; }

    public void OnSegment(SegmentImage image)
    {
        if (_segment is null)
        {
            Entries.Reset(image.Header.Index - 1, image.Header.Term);
        }

        _segment = new SegmentKey(image.Header.Sequence, image.Header.Salt, image.Path);
    }

    public void OnRecord(SegmentImage image, in RecordHeader header, long offset, ReadOnlyMemory<byte> body)
    {
        switch (header.Type)
        {
            case RecordType.Entry:
                PutEntry(header, offset, body);
                break;
            case RecordType.HardState:
                var found = HardStateRecord.Read(header, body.Span) ?? throw Malformed(image, offset, "hard state");
                if (found.Term < HardState.Term || found.Commit < HardState.Commit
                    || (found.Term == HardState.Term && HardState.Vote != 0 && found.Vote != HardState.Vote))
                {
                    throw new LogDamagedException(image.Path, offset, $"{found} follows {HardState}: neither term nor commit ever falls, nor does a vote change.");
                }

                HardState = found;
                break;
            case RecordType.Base:
                Base = LogBase.Read(body.Span) ?? throw Malformed(image, offset, "base");
                if (header.Flags == LogRecord.Reset)
                {
                    Entries.Reset(header.Index, header.Term);
                }

                break;
        }
    }

    /// <summary>Holds everything against each other, and leaves what the last base says.</summary>
    public LogBase Finish(SegmentReplay replay)
    {
        var (oldest, newest) = (replay.Segments[0], replay.Segments[^1]);
        var found = Base ?? throw new LogDamagedException(newest.Path, FileHeader.Size, "no segment says where the log begins.");
        if (oldest.Sequence > found.FirstSegment)
        {
            throw new LogDamagedException(
                oldest.Path, 0, $"the log begins in {SegmentFile.NameOf(found.FirstSegment)}, but this is the oldest segment: files are missing.");
        }

        var (first, last, snapshot) = (Entries.FirstIndex, Entries.LastIndex, found.Current.Meta);
        if (first > found.Boundary + 1 || last < found.Boundary || found.Boundary > snapshot.Index || last < snapshot.Index)
        {
            throw new LogDamagedException(
                oldest.Path, 0, $"entries {first} to {last} do not go with a log that begins behind {found.Boundary} and a snapshot at {snapshot.Index}.");
        }

        Entries.DropThrough(found.Boundary, found.BoundaryTerm);
        if (HardState.Commit > last || HardState.Commit < snapshot.Index)
        {
            throw new LogDamagedException(
                newest.Path, FileHeader.Size, $"{HardState} does not go with entries up to {last} and a snapshot at {snapshot.Index}.");
        }

        return found;
    }

    private void PutEntry(in RecordHeader header, long offset, ReadOnlyMemory<byte> body)
    {
        if (header.Index < Entries.FirstIndex)
        {
            // What was before it went with older segments; the base says in the end from where on the log counts.
            Entries.Reset(header.Index - 1, 0);
        }

        // Not copied: those that stay in memory keep the image of the last segment or two.
        Entries.Put(header.Index, new EntrySlot(header.Term, (EntryType)header.Flags, _segment!, offset, body.Length, body));
    }

    private static LogDamagedException Malformed(SegmentImage image, long offset, string what) =>
        new(image.Path, offset, $"the body of this {what} record is none.");
}
