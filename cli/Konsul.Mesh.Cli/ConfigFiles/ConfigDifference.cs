using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Cli.ConfigFiles;

/// <summary>What two versions of an entry say differently, member by member.</summary>
internal static class ConfigDifference
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>Lines such as <c>~ Routes[0].Destination.Service: "a" -> "b"</c>; empty when both say the same.</returns>
    public static IReadOnlyList<string> Of(ConfigEntry? before, ConfigEntry after)
    {
        var (old, now) = (Members(before), Members(after));
        var lines = new List<string>();
        foreach (var path in old.Keys.Concat(now.Keys).Distinct())
        {
            var line = (old.TryGetValue(path, out var was), now.TryGetValue(path, out var isNow)) switch
            {
                (true, false) => $"- {path}: {was}",
                (false, true) => $"+ {path}: {isNow}",
                _ => was == isNow ? null : $"~ {path}: {was} -> {isNow}",
            };
            if (line is not null)
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    private static Dictionary<string, string> Members(ConfigEntry? entry)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        if (entry is not null)
        {
            Walk(JsonNode.Parse(ConfigEntryWriter.ToBytes(Written(entry))), "", members);
        }

        return members;
    }

    /// <summary>Without what the server adds, and in an order that the server does not change.</summary>
    private static ConfigEntry Written(ConfigEntry entry)
    {
        var plain = entry with { CreateIndex = 0, ModifyIndex = 0 };
        return plain is ServiceIntentions intentions
            ? intentions with { Sources = [.. intentions.Sources.Select(Written).OrderBy(s => s.Name, StringComparer.Ordinal)] }
            : plain;
    }

    private static SourceIntention Written(SourceIntention source) => new()
    {
        Name = source.Name,
        Action = source.Action,
        Permissions = source.Permissions,
        Description = source.Description,
        LegacyMeta = source.LegacyMeta,
    };

    private static void Walk(JsonNode? node, string path, Dictionary<string, string> members)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                foreach (var (name, value) in map)
                {
                    Walk(value, path.Length == 0 ? name : $"{path}.{name}", members);
                }

                break;
            case JsonArray { Count: > 0 } list:
                for (var i = 0; i < list.Count; i++)
                {
                    Walk(list[i], $"{path}[{i}]", members);
                }

                break;
            default:
                members[path] = node?.ToJsonString(Plain) ?? "null";
                break;
        }
    }
}
