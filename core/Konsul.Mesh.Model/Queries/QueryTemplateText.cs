using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.Queries;

/// <summary>
/// Fills the placeholders of a template's texts: <c>${name.full}</c>, <c>${name.prefix}</c>, <c>${name.suffix}</c>, <c>${match(n)}</c>,
/// <c>${agent.segment}</c> (always empty); <c>$${</c> stands for itself.
/// </summary>
public sealed class QueryTemplateText
{
    private const string Open = "${";

    /// <summary>What one text may grow to.</summary>
    private const int MaxLength = 1024;

    private readonly string _name;
    private readonly string _prefix;
    private readonly string[] _groups;

    private QueryTemplateText(string name, string prefix, string[] groups) => (_name, _prefix, _groups) = (name, prefix, groups);

    /// <summary>For one asked name. A pattern that does not match leaves all groups empty.</summary>
    public static QueryTemplateText For(PreparedQuery query, string name)
    {
        var groups = Array.Empty<string>();
        if (query.Template is { Regexp.Length: > 0 } template)
        {
            try
            {
                var match = UserPattern.CompileAnywhere(template.Regexp).Match(name);
                groups = match.Success ? [.. match.Groups.Values.Select(g => g.Value)] : [];
            }
            catch (Exception e) when (e is FormatException or RegexMatchTimeoutException)
            {
                // As if it did not match; patterns are checked before they are stored.
            }
        }

        return new QueryTemplateText(name, query.Name, groups);
    }

    /// <summary>Null for a text whose placeholders are all known, else the reason in words.</summary>
    public static string? Check(string text)
    {
        try
        {
            new QueryTemplateText("", "", []).Fill(text);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <exception cref="FormatException">An unknown placeholder, one that is not closed, or a text that grows too long.</exception>
    public string Fill(string text)
    {
        if (!text.Contains(Open, StringComparison.Ordinal))
        {
            return text;
        }

        var filled = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf(Open, at, StringComparison.Ordinal);
            if (open < 0)
            {
                filled.Append(text, at, text.Length - at);
                break;
            }

            if (open > at && text[open - 1] == '$')
            {
                filled.Append(text, at, open - at - 1).Append(Open);
                at = open + Open.Length;
                continue;
            }

            filled.Append(text, at, open - at);
            var close = text.IndexOf('}', open);
            if (close < 0)
            {
                throw new FormatException("a placeholder is not closed");
            }

            filled.Append(Value(text[(open + Open.Length)..close].Trim()));
            at = close + 1;
            if (filled.Length > MaxLength)
            {
                throw new FormatException($"a filled text is longer than {MaxLength} characters");
            }
        }

        return filled.ToString();
    }

    private string Value(string placeholder) => placeholder switch
    {
        "name.full" => _name,
        "name.prefix" => _prefix,
        "name.suffix" => _name.StartsWith(_prefix, StringComparison.OrdinalIgnoreCase) ? _name[_prefix.Length..] : "",
        "agent.segment" => "",
        _ => Group(placeholder),
    };

    private string Group(string placeholder)
    {
        const string Call = "match(";
        if (placeholder.StartsWith(Call, StringComparison.Ordinal) && placeholder[^1] == ')'
            && int.TryParse(placeholder.AsSpan(Call.Length, placeholder.Length - Call.Length - 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var n))
        {
            return n < _groups.Length ? _groups[n] : "";
        }

        throw new FormatException($"unknown placeholder \"{ShownText.Of(placeholder)}\"");
    }
}
