using System.Collections.Immutable;
using System.Text;

namespace Konsul.Mesh.Corpus.Raft;

/// <summary>
/// Reads files of the data-driven format: comments begin with #, a command line may go on after a backslash, ---- separates input from output, output
/// ends at a blank line, or, when ---- stands twice before it, where ---- stands twice again.
/// </summary>
internal sealed class DirectiveReader(string[] lines)
{
    private const string Separator = "----";
    private int _next;

    public static IReadOnlyList<Directive> Read(string text)
    {
        var reader = new DirectiveReader(text.ReplaceLineEndings("\n").Split('\n'));
        var directives = new List<Directive>();
        while (reader.ReadOne() is { } directive)
        {
            directives.Add(directive);
        }

        return directives;
    }

    private Directive? ReadOne()
    {
        while (_next < lines.Length && (lines[_next].Trim().Length == 0 || lines[_next].TrimStart().StartsWith('#')))
        {
            _next++;
        }

        if (_next == lines.Length)
        {
            return null;
        }

        var start = _next + 1;
        var command = new StringBuilder();
        string line;
        do
        {
            line = lines[_next++].Trim();
            command.Append(line.TrimEnd('\\')).Append(' ');
        }
        while (line.EndsWith('\\') && _next < lines.Length);

        var words = Words(command.ToString().Trim());
        var input = new List<string>();
        while (_next < lines.Length && lines[_next] != Separator)
        {
            input.Add(lines[_next++]);
        }

        _next++;
        return new Directive(start, words[0], [.. words.Skip(1).Select(ParseArgument)], string.Join('\n', input), ReadExpected());
    }

    private string ReadExpected()
    {
        var expected = new StringBuilder();
        var isFenced = _next < lines.Length && lines[_next] == Separator;
        _next += isFenced ? 1 : 0;
        while (_next < lines.Length && !(isFenced ? IsFence(_next) : lines[_next].Length == 0))
        {
            expected.Append(lines[_next++]).Append('\n');
        }

        _next += isFenced ? 2 : 0;
        return expected.ToString();
    }

    private bool IsFence(int line) => lines[line] == Separator && line + 1 < lines.Length && lines[line + 1] == Separator;

    /// <summary>Splits at blanks outside parentheses.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var depth = 0;
        foreach (var c in line + " ")
        {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c != ' ' || depth > 0)
            {
                word.Append(c);
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        return words;
    }

    private static DirectiveArgument ParseArgument(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return new DirectiveArgument(word, []);
        }

        var value = word[(equals + 1)..];
        ImmutableArray<string> values = value.StartsWith('(')
            ? [.. value.Trim('(', ')').Split(',', StringSplitOptions.TrimEntries).Where(v => v.Length > 0)]
            : [value];
        return new DirectiveArgument(word[..equals], values);
    }
}
