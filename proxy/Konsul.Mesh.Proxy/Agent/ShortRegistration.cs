using System.Text.Json;
using System.Text.Json.Nodes;

namespace Konsul.Mesh.Proxy.Agent;

/// <summary>{name, address, port, tags, id, meta, check, checks} → Consul's names. What is in Consul's form already stays as it is.</summary>
internal static class ShortRegistration
{
    /// <summary>Longest body, bytes.</summary>
    public const int MaxLength = 512 * 1024;

    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["id"] = "ID",
        ["name"] = "Name",
        ["address"] = "Address",
        ["port"] = "Port",
        ["tags"] = "Tags",
        ["meta"] = "Meta",
        ["metadata"] = "Meta",
        ["check"] = "Check",
        ["checks"] = "Checks",
        ["weights"] = "Weights",
        ["connect"] = "Connect",
    };

    /// <summary>Null when <paramref name="body"/> is set, else what is wrong, as a sentence.</summary>
    public static string? TryTranslate(ReadOnlySpan<byte> json, out string? body)
    {
        body = null;
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(json);
        }
        catch (JsonException e)
        {
            return $"The body is not JSON: {e.Message}";
        }

        if (node is not JsonObject given)
        {
            return "The body must be a JSON object.";
        }

        var translated = new JsonObject();
        try
        {
            foreach (var (key, value) in given.ToList())
            {
                var name = Names.GetValueOrDefault(key, key);
                given.Remove(key);
                if (!translated.TryAdd(name, value))
                {
                    return $"The field \"{name}\" is there twice.";
                }
            }
        }
        catch (ArgumentException)
        {
            return "A field is there twice.";
        }

        body = translated.ToJsonString();
        return null;
    }
}
