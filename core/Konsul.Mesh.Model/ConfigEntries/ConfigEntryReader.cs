using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Konsul.Mesh.Model.ConfigEntries.Rules;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Entries from JSON. Total: any bytes give an entry that keeps its own rules, or an exception with a sentence.</summary>
public static class ConfigEntryReader
{
    private const int MaxDepth = 32;

    /// <summary>All kinds, in order.</summary>
    public static ImmutableArray<string> Kinds { get; } = [.. ConfigEntryKind.All.Keys.Order(StringComparer.Ordinal)];

    public static bool IsKind(string word) => ConfigEntryKind.All.ContainsKey(word);

    /// <summary>Reads an entry, brings it into its normal form and checks what can be checked without looking at others.</summary>
    /// <exception cref="ConfigEntryException">Names the member and says what is wrong.</exception>
    public static ConfigEntry Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return Check(Decode(json, KindOf(json)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Unreadable(e, json.IsEmpty);
        }
    }

    /// <summary>Reads the permissions of an intention and checks them.</summary>
    /// <param name="json">A list.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="destination">Of the intention.</param>
    /// <exception cref="ConfigEntryException">Names the member and says what is wrong.</exception>
    public static ImmutableArray<IntentionPermission> ReadPermissions(ReadOnlySpan<byte> json, string path, string destination)
    {
        var permissions = ReadForm(json, ConfigEntryJson.Default.ImmutableArrayIntentionPermission, path);
        IntentionRules.Permissions(path, destination, permissions);
        return permissions;
    }

    /// <summary>Reads any form whose names and values follow the rules of entries.</summary>
    /// <exception cref="ConfigEntryException">Names the member and says what is wrong.</exception>
    internal static T ReadForm<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string path = "")
    {
        try
        {
            return (T)Decode(json, type, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Unreadable(e, json.IsEmpty);
        }
    }

    /// <summary>The same without the rules, for what was stored by a program whose rules were others.</summary>
    /// <exception cref="ConfigEntryException">Not an entry.</exception>
    public static ConfigEntry ReadStored(ReadOnlySpan<byte> json)
    {
        try
        {
            return Decode(json, KindOf(json));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw ConfigEntryException.Form("", $"not a stored entry: {e.Message}");
        }
    }

    /// <summary>Checks an entry by itself.</summary>
    /// <returns>Its normal form.</returns>
    /// <exception cref="ConfigEntryException">Names the member and says what is wrong.</exception>
    public static ConfigEntry Check(ConfigEntry entry)
    {
        var kind = ConfigEntryKind.All[entry.Kind];
        if (entry.Name.Length == 0)
        {
            // Consul's own client leaves the name of kinds out that have only one.
            entry = entry with { Name = kind.OnlyName };
        }

        Rule.Name(kind, entry.Name);
        Rule.Meta("Meta", entry.Meta);
        return kind.Check(entry);
    }

    private static ConfigEntry Decode(ReadOnlySpan<byte> json, ConfigEntryKind kind) => (ConfigEntry)Decode(json, kind.Type, "");

    private static object Decode(ReadOnlySpan<byte> json, JsonTypeInfo type, string path)
    {
        var canonical = new ArrayBufferWriter<byte>(json.Length + 16);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        using (var writer = new Utf8JsonWriter(canonical, new JsonWriterOptions { SkipValidation = true }))
        {
            new CanonicalJson(writer).Write(ref reader, type, path);
        }

        if (reader.Read())
        {
            throw ConfigEntryException.Form("", "there is more after the end");
        }

        return JsonSerializer.Deserialize(canonical.WrittenSpan, type)!;
    }

    private static ConfigEntryException Unreadable(Exception e, bool empty) => ConfigEntryException.Form("", e switch
    {
        _ when empty => "EOF",
        JsonException json => $"invalid JSON at line {json.LineNumber + 1}, byte {json.BytePositionInLine}",

        // What the reader throws for a string that is not UTF-8.
        _ => "a string is not valid UTF-8",
    });

    private static ConfigEntryKind KindOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw ConfigEntryException.Form("", "want an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isKind = string.Equals(reader.GetString(), "kind", StringComparison.OrdinalIgnoreCase);
            reader.Read();
            if (isKind && reader.TokenType == JsonTokenType.String)
            {
                var word = reader.GetString()!;
                return ConfigEntryKind.All.GetValueOrDefault(word)
                    ?? throw ConfigEntryException.Form("Kind", $"invalid config entry kind: {ShownText.Of(word)}");
            }

            reader.Skip();
        }

        throw ConfigEntryException.Form("", "Payload does not contain a kind/Kind key at the top level");
    }
}
