using System.Text.Json.Nodes;
using Konsul.Mesh.Hosting.Lifecycle;

namespace Konsul.Mesh.Server.Startup.Agent;

/// <summary>A configuration of Consul's agent, read key by key. Every key is one that means something here, one that is known and has no effect here, or
/// refused.</summary>
internal sealed class AgentConfig(JsonObject root)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public string? Text(string path) => Find(path) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value when value.TryGetValue<long>(out var number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => throw Wrong(path, "a string"),
    };

    public bool? Flag(string path) => Find(path) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when value.TryGetValue<string>(out var text) && Json.GoBool.TryParse(text, out var flag) => flag,
        _ => throw Wrong(path, "true or false"),
    };

    public int? Number(string path) => Find(path) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<int>(out var number) => number,
        JsonValue value when value.TryGetValue<long>(out var number) && number is >= int.MinValue and <= int.MaxValue => (int)number,
        _ => throw Wrong(path, "a whole number"),
    };

    /// <summary>A list of strings, or one string.</summary>
    public IReadOnlyList<string> List(string path) => Find(path) switch
    {
        null => [],
        JsonArray list => [.. list.Select(item => item is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Wrong(path, "a list of strings"))],
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => throw Wrong(path, "a list of strings"),
    };

    public IEnumerable<KeyValuePair<string, string>> Map(string path) => Find(path) switch
    {
        null => [],
        JsonObject map => map.Select(e => e.Value is JsonValue value && value.TryGetValue<string>(out var text)
            ? new KeyValuePair<string, string>(e.Key, text)
            : throw Wrong(path, "strings")),
        _ => throw Wrong(path, "an object of strings"),
    };

    /// <summary>The keys that nobody asked for.</summary>
    public IEnumerable<string> Unused() => root.SelectMany(e => _used.Contains(e.Key) ? []
        : e.Value is JsonObject inner && _used.Any(u => u.StartsWith(e.Key + ".", StringComparison.Ordinal))
            ? inner.Select(i => $"{e.Key}.{i.Key}").Where(k => !_used.Contains(k) && !_used.Any(u => u.StartsWith(k + ".", StringComparison.Ordinal)))
            : [e.Key]);

    private JsonNode? Find(string path)
    {
        _used.Add(path);
        JsonNode? at = root;
        foreach (var step in path.Split('.'))
        {
            // HCL writes a block where JSON may have a list of one.
            at = at is JsonArray { Count: 1 } list ? list[0] : at;
            at = at switch
            {
                null => null,
                JsonObject map => map[step],
                _ => throw Wrong(path, "an object"),
            };
        }

        return at;
    }

    private static StartupException Wrong(string path, string wanted) => new(ExitCode.Usage, $"config key {path} wants {wanted}");
}
