namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>One entry as the table holds it.</summary>
/// <param name="Term">Of the entry.</param>
/// <param name="Type">Of the entry.</param>
/// <param name="Segment">Where its record is.</param>
/// <param name="Offset">Of its record in the file.</param>
/// <param name="Length">Of its data.</param>
/// <param name="Data">Empty when it is only on the disk.</param>
internal readonly record struct EntrySlot(ulong Term, EntryType Type, SegmentKey Segment, long Offset, int Length, ReadOnlyMemory<byte> Data);
