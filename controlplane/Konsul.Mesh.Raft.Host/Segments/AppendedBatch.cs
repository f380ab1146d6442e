namespace Konsul.Mesh.Raft.Host.Segments;

/// <param name="Segment">Where the batch is.</param>
/// <param name="Offset">Of its first record behind the preamble.</param>
internal readonly record struct AppendedBatch(SegmentFile Segment, long Offset);
