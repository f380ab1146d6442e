namespace Konsul.Mesh.Cli.ConfigFiles;

/// <summary>On which line of a file each member of a document stands, by its path, such as <c>Routes[0].Match</c>.</summary>
internal sealed class LineMap(int start)
{
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    public void Add(string path, int line) => _lines.TryAdd(Key(path), line);

    /// <summary>The line of a member, else that of the nearest one around it.</summary>
    public int LineOf(string path)
    {
        for (var key = Key(path); key.Length > 0; key = key[..Math.Max(key.LastIndexOfAny(['.', '[']), 0)])
        {
            if (_lines.TryGetValue(key, out var line))
            {
                return line;
            }
        }

        return start;
    }

    /// <summary>Names count in any case and in snake_case, and keys of maps are told in brackets by some messages.</summary>
    private static string Key(string path) => path
        .Replace("[\"", ".", StringComparison.Ordinal)
        .Replace("\"]", "", StringComparison.Ordinal)
        .Replace("_", "", StringComparison.Ordinal)
        .ToLowerInvariant();
}
