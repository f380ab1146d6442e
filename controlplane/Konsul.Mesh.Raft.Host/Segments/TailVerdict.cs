using System.Buffers.Binary;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>
/// Is a bad batch at the end of the last segment one that was being written when the power went (never acknowledged: cut it), or one that was
/// whole and has been damaged since (acknowledged: refuse)? Torn, if no record of a later batch lies behind it (batch n + 1 is written only
/// after n is durable) and it is visibly incomplete: it does not end in the segment's trailer, or a whole 512-byte sector of it is zero,
/// which no written batch has (see <see cref="BatchWriter"/>). The sector rule is etcd's.
/// </summary>
internal static class TailVerdict
{
    private const int Sector = 512;

    /// <remarks>The scan leaves the bodies of a bad batch as they are on disk, so zeros here are zeros there.</remarks>
    /// <returns>Why the tail is damage; null when it is torn.</returns>
    public static string? WhyDamaged(SegmentImage image, SegmentScan scan)
    {
        for (var at = scan.End; at + RecordHeader.Size <= image.Bytes.Length; at += 8)
        {
            if (RecordHeader.TryRead(image.Bytes.AsSpan(at), image.Header.Salt, out var header, out _) && header.Batch > scan.Position.NextBatch)
            {
                return $"batch {header.Batch}, which was written after this one was durable, follows at byte {at}";
            }
        }

        return EndsInTrailer(image) && !HasZeroSector(image.Bytes, scan.End)
            ? "the batch was written to its end, so it may have been acknowledged"
            : null;
    }

    /// <summary>One byte of eight may differ: the damage itself may sit there.</summary>
    private static bool EndsInTrailer(SegmentImage image)
    {
        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(trailer, BatchWriter.Trailer(image.Header.Salt));
        var end = image.Bytes.AsSpan(^8..);
        var equal = 0;
        for (var i = 0; i < 8; i++)
        {
            equal += end[i] == trailer[i] ? 1 : 0;
        }

        return equal >= 7 && end[7] != 0;
    }

    private static bool HasZeroSector(ReadOnlySpan<byte> bytes, int from)
    {
        while (from < bytes.Length)
        {
            var to = Math.Min(bytes.Length, (from / Sector * Sector) + Sector);
            if (!bytes[from..to].ContainsAnyExcept((byte)0))
            {
                return true;
            }

            from = to;
        }

        return false;
    }
}
