using System.Globalization;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>A segment as the log knows it.</summary>
/// <param name="Path">Of the file.</param>
/// <param name="Sequence">1, 2, 3 …</param>
/// <param name="Salt">Of its records.</param>
/// <param name="FirstIndex">Behind the last entry before it.</param>
/// <param name="LastIndex">The last entry at its end.</param>
/// <param name="Bytes">Of records; 0 while it is written to.</param>
/// <param name="Created">Milliseconds since 1970.</param>
internal sealed record SegmentFile(string Path, ulong Sequence, ulong Salt, ulong FirstIndex, ulong LastIndex, long Bytes, ulong Created)
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
