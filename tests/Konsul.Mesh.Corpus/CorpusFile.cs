namespace Konsul.Mesh.Corpus;

/// <summary>A file of a corpus, as text.</summary>
/// <param name="Name">The name without its folder.</param>
/// <param name="Lines">Its lines, without their ends.</param>
internal sealed record CorpusFile(string Name, IReadOnlyList<string> Lines)
{
    /// <summary>The largest file that is read, in bytes: 64 MiB.</summary>
    public const long MaxBytes = 64L << 20;

    /// <summary>Reads a file; null if it is not text.</summary>
    /// <exception cref="FormatException">It is larger than <see cref="MaxBytes"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static CorpusFile? Read(string path)
    {
        var info = new FileInfo(path);
        if (info.Length > MaxBytes)
        {
            throw new FormatException($"{info.Length} bytes, more than the {MaxBytes} that are read");
        }

        var lines = File.ReadAllLines(path);
        return lines.Any(line => line.Contains('\0', StringComparison.Ordinal)) ? null : new CorpusFile(info.Name, lines);
    }
}
