using System.Text;

namespace Konsul.Mesh.Corpus.Histories;

/// <summary>One flat EDN map, as Jepsen writes its events: keywords to strings, numbers, keywords or nil. Nothing nested.</summary>
internal sealed class EdnMap
{
    private readonly Dictionary<string, string?> _entries = new(StringComparer.Ordinal);

    private EdnMap()
    {
    }

    /// <exception cref="FormatException">The line is not a flat map.</exception>
    public static EdnMap Parse(string line)
    {
        var map = new EdnMap();
        var at = SkipBlanks(line, 0);
        if (at == line.Length || line[at++] != '{')
        {
            throw new FormatException("not a map");
        }

        for (at = SkipBlanks(line, at); at < line.Length && line[at] != '}'; at = SkipBlanks(line, at))
        {
            var key = ReadValue(line, ref at) ?? "nil";
            at = SkipBlanks(line, at);
            map._entries[key] = ReadValue(line, ref at);
        }

        if (at == line.Length || SkipBlanks(line, at + 1) != line.Length)
        {
            throw new FormatException("a map that does not end with the line");
        }

        return map;
    }

    /// <exception cref="FormatException">There is no such entry, or it is nil.</exception>
    public string Text(string key) => TextOrNil(key) ?? throw new FormatException($"no {key}");

    /// <summary>The text of a string without its quotes, of anything else as it is written; null for nil and for no entry.</summary>
    public string? TextOrNil(string key) => _entries.GetValueOrDefault(key);

    // A comma is a blank in EDN.
    private static int SkipBlanks(string line, int at)
    {
        while (at < line.Length && (char.IsWhiteSpace(line[at]) || line[at] == ','))
        {
            at++;
        }

        return at;
    }

    private static string? ReadValue(string line, ref int at)
    {
        if (at < line.Length && line[at] == '"')
        {
            at++;
            return ReadString(line, ref at);
        }

        var start = at;
        while (at < line.Length && !char.IsWhiteSpace(line[at]) && line[at] is not (',' or '}'))
        {
            if (line[at] is '{' or '[' or '(' or '#' or '"' or ']' or ')')
            {
                throw new FormatException($"'{line[at]}' in column {at + 1}: only strings, numbers, keywords and nil are known");
            }

            at++;
        }

        return at == start ? throw new FormatException("a key without a value") : line[start..at] is var text && text == "nil" ? null : text;
    }

    private static string ReadString(string line, ref int at)
    {
        var text = new StringBuilder();
        while (at < line.Length && line[at] != '"')
        {
            if (line[at] == '\\')
            {
                at++;
                text.Append(at == line.Length ? throw new FormatException("a string without an end") : line[at] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '"' or '\\' => line[at],
                    var other => throw new FormatException($"\\{other} in a string"),
                });
            }
            else
            {
                text.Append(line[at]);
            }

            at++;
        }

        return at++ == line.Length ? throw new FormatException("a string without an end") : text.ToString();
    }
}
