using System.Text.RegularExpressions;

namespace Konsul.Mesh.Model.Text;

/// <summary>
/// Regular expressions that users write. They run in linear time: what would need backtracking (look-around, back references) is refused,
/// and so is what would compile into a very large automaton.
/// </summary>
public static class UserPattern
{
    public const int MaxLength = 1024;

    /// <summary>RE2's bound for one counted repetition.</summary>
    private const int MaxRepeat = 1000;

    /// <summary>Atoms of the pattern with all counted repetitions written out; nested ones multiply.</summary>
    private const long MaxAtoms = 20_000;

    /// <summary>A guard behind linear time: nobody's path or header takes that long.</summary>
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromMilliseconds(250);

    private static readonly Regex Repeat = new(@"\G\{([0-9]{1,9})(?:,([0-9]{0,9}))?\}", RegexOptions.CultureInvariant, MatchTimeout);

    /// <summary>Null for a pattern that can be compiled, else the reason in words.</summary>
    public static string? Check(string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            return $"is longer than {MaxLength} characters";
        }

        if (Atoms(pattern) > MaxAtoms)
        {
            return "repeats too often";
        }

        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MatchTimeout);
            return null;
        }
        catch (RegexParseException e)
        {
            return $"is no regular expression: {e.Error} at position {e.Offset + 1}";
        }
        catch (NotSupportedException)
        {
            return "uses what needs backtracking (look-around, back references), which is not supported";
        }
        catch (ArgumentException)
        {
            return "is no regular expression";
        }
    }

    /// <summary>Compiles a pattern that must match the whole text, as Consul's route patterns do.</summary>
    /// <exception cref="FormatException">With the reason of <see cref="Check"/>.</exception>
    public static Regex CompileWhole(string pattern, bool ignoreCase = false) => Compile($@"\A(?:{pattern})\z", pattern, ignoreCase);

    /// <summary>Compiles a pattern that may match anywhere.</summary>
    /// <exception cref="FormatException">With the reason of <see cref="Check"/>.</exception>
    public static Regex CompileAnywhere(string pattern, bool ignoreCase = false) => Compile(pattern, pattern, ignoreCase);

    /// <summary>Counts atoms without understanding more than groups, classes and escapes; stops early at too many.</summary>
    private static long Atoms(string pattern)
    {
        var groups = new Stack<long>([0]);
        var last = 0L;
        for (var at = 0; at < pattern.Length;)
        {
            switch (pattern[at])
            {
                case '(':
                    groups.Push(0);
                    (last, at) = (0, at + 1);
                    continue;
                case ')' when groups.Count > 1:
                    last = groups.Pop();
                    at++;
                    break;
                case '{' when Repeat.Match(pattern, at) is { Success: true } repeat:
                    var count = Math.Max(int.Parse(repeat.Groups[1].ValueSpan), repeat.Groups[2].Length > 0 ? int.Parse(repeat.Groups[2].ValueSpan) : 1);
                    at += repeat.Length;
                    groups.Push(groups.Pop() + (last * (Math.Max(count, 1) - 1)));
                    last *= Math.Max(count, 1);
                    if (count > MaxRepeat || groups.Peek() > MaxAtoms)
                    {
                        return long.MaxValue;
                    }

                    continue;
                case '[':
                    var end = pattern.IndexOf(']', Math.Min(at + 2, pattern.Length));
                    (last, at) = (1, end < 0 ? pattern.Length : end + 1);
                    break;
                default:
                    (last, at) = (1, at + (pattern[at] == '\\' ? 2 : 1));
                    break;
            }

            groups.Push(groups.Pop() + last);
        }

        return groups.Sum();
    }

    private static Regex Compile(string text, string pattern, bool ignoreCase) => Check(pattern) is { } wrong
        ? throw new FormatException($"the pattern {wrong}")
        : new Regex(
            text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None), MatchTimeout);
}
