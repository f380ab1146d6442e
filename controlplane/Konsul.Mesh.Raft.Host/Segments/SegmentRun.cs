namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>The segment files of a directory.</summary>
/// <param name="Paths">The newest ones that follow each other without a gap, oldest first.</param>
/// <param name="Leftover">Those before a gap: deleted together with the ones that are gone, but the power went before all of it was durable.
/// Whether that is so, or a needed file is missing, the log's own records say.</param>
internal sealed record SegmentRun(List<string> Paths, List<string> Leftover)
{
    public static SegmentRun Find(LogDirectory directory)
    {
        // Names that a killed process did not get to sync count from here on.
        directory.Sync();
        var found = new List<(ulong Sequence, string Path)>();
        foreach (var name in directory.Files.List(directory.Path))
        {
            if (SegmentFile.TryParse(name, out var sequence))
            {
                found.Add((sequence, directory.FileOf(name)));
            }
        }

        found.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
        var start = found.Count;
        while (start > 0 && (start == found.Count || found[start].Sequence == found[start - 1].Sequence + 1))
        {
            start--;
        }

        return new SegmentRun([.. found.Skip(start).Select(f => f.Path)], [.. found.Take(start).Select(f => f.Path)]);
    }
}
