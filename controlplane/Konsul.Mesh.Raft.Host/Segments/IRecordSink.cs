using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>Takes what recovery finds, in the order it was written; only what belongs to a whole batch.</summary>
internal interface IRecordSink
{
    void OnSegment(SegmentImage image);

    /// <param name="image">Where it is.</param>
    /// <param name="header">Of an entry, hard state or base.</param>
    /// <param name="offset">Of the record in the file.</param>
    /// <param name="body">Part of the image, which stays as it is: who keeps it keeps all of that.</param>
    void OnRecord(SegmentImage image, in RecordHeader header, long offset, ReadOnlyMemory<byte> body);
}
