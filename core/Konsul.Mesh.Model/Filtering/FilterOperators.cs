using System.Text.Json;
using System.Text.RegularExpressions;

namespace Konsul.Mesh.Model.Filtering;

/// <summary>
/// The comparisons. A selector that passes through a list of objects stands for all of them, and holds when any does; one that leads nowhere (a
/// key that a map lacks) equals nothing and is empty.
/// </summary>
internal static class FilterOperators
{
    public static Func<JsonElement, bool> Equal(string[] selector, string value, bool differs) => item =>
    {
        var found = Select(item, selector, 0).ToList();
        return differs ? found.Count == 0 || found.Exists(e => Text(e) != value) : found.Exists(e => Text(e) == value);
    };

    public static Func<JsonElement, bool> Empty(string[] selector) => item => Select(item, selector, 0).All(IsEmpty);

    public static Func<JsonElement, bool> Contains(string[] selector, string value) => item => Select(item, selector, 0).Any(e => e.ValueKind switch
    {
        JsonValueKind.Array => e.EnumerateArray().Any(x => Text(x) == value),
        JsonValueKind.Object => e.TryGetProperty(value, out _),
        JsonValueKind.String => e.GetString()!.Contains(value, StringComparison.Ordinal),
        _ => false,
    });

    /// <summary>Without backtracking: the pattern is a stranger's and must run in linear time.</summary>
    public static Func<JsonElement, bool> Matches(string[] selector, string pattern)
    {
        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return item => Select(item, selector, 0).Any(e => Text(e) is { } text && regex.IsMatch(text));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"\"{pattern}\" is not a pattern that can be matched", e);
        }
    }

    private static IEnumerable<JsonElement> Select(JsonElement element, string[] selector, int step)
    {
        if (element.ValueKind == JsonValueKind.Array && step < selector.Length)
            return element.EnumerateArray().SelectMany(e => Select(e, selector, step));
        if (step == selector.Length)
            return [element];
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(selector[step], out var next)
            ? Select(next, selector, step + 1)
            : [];
    }

    private static bool IsEmpty(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Array => e.GetArrayLength() == 0,
        JsonValueKind.Object => e.GetPropertyCount() == 0,
        JsonValueKind.String => e.GetString()!.Length == 0,
        JsonValueKind.Null => true,
        _ => false,
    };

    private static string? Text(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.String => e.GetString(),
        JsonValueKind.Number => e.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };
}
