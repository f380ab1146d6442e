using System.Globalization;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>A segment as the log knows it.</summary>
internal sealed record SegmentFile(string Path, ulong Sequence, ulong FirstIndex, ulong LastIndex, long Bytes)
{
    private const string Prefix = "wal-";
    private const string Suffix = ".log";

    public static string NameOf(ulong sequence) => $"{Prefix}{sequence:D10}{Suffix}";

    public static bool TryParse(string name, out ulong sequence)
    {
        sequence = 0;
        return name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }
}
