using System.Text.Json;
using System.Text.Json.Nodes;

namespace Konsul.Mesh.Cli.Api;

/// <summary>Tolerant reading for tables: what is missing or of another type is empty, names match in any case.</summary>
internal static class JsonReading
{
    public static JsonNode? Member(this JsonNode? node, string name)
    {
        if (node is not JsonObject map)
        {
            return null;
        }

        return map.TryGetPropertyValue(name, out var exact)
            ? exact
            : map.FirstOrDefault(p => string.Equals(p.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
    }

    public static string Text(this JsonNode? node, string name) => Text(node.Member(name));

    public static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonArray list => string.Join(',', list.Select(Text)),
        _ => node.ToJsonString(),
    };

    public static IEnumerable<JsonNode> Items(this JsonNode? node, string name) =>
        node.Member(name) is JsonArray list ? list.OfType<JsonNode>() : [];

    public static bool IsTrue(this JsonNode? node, string name) =>
        node.Member(name) is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    /// <summary>The same items in a stable order.</summary>
    public static JsonArray SortedBy(this JsonArray list, Func<JsonNode?, string> key) =>
        [.. list.OrderBy(key, StringComparer.Ordinal).Select(n => n?.DeepClone())];
}
