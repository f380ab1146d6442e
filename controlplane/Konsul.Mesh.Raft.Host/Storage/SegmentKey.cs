namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>What it takes to read a record: one object per segment, shared by its entries.</summary>
internal sealed record SegmentKey(ulong Sequence, ulong Salt, string Path);
