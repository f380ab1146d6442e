namespace Konsul.Mesh.Etcd.Batches;

/// <summary>Commands that were appended together, the value of one key.</summary>
/// <param name="Writer">Random, of one run of one server.</param>
/// <param name="Sequence">Of the writer; the two tell after a lost answer whether it was appended.</param>
/// <param name="First">The index of the first command.</param>
/// <param name="Commands">May be none: then the batch still takes one index, and nothing is applied.</param>
/// <param name="Chain">A hash over this batch and all before it.</param>
/// <param name="Value">All of it as in etcd.</param>
internal sealed record Batch(
    Guid Writer, ulong Sequence, ulong First, IReadOnlyList<ReadOnlyMemory<byte>> Commands, ulong Chain, ReadOnlyMemory<byte> Value)
{
    public ulong Last => First + (ulong)Math.Max(1, Commands.Count) - 1;
}
