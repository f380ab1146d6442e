using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Konsul.Mesh.Server.Json;

/// <summary>The values that fields hold. Each reader refuses another type with a sentence that names the field and what it wants.</summary>
internal static class JsonValues
{
    public delegate TItem ItemReader<out TItem>(ref Utf8JsonReader reader, string path);

    public static string String(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw Wrong(ref reader, path, "a string");
        return reader.GetString()!;
    }

    public static bool Bool(ref Utf8JsonReader reader, string path) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Wrong(ref reader, path, "true or false"),
    };

    public static int Int(ref Utf8JsonReader reader, string path) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value)
            ? value
            : throw Wrong(ref reader, path, "a whole number");

    public static ulong UInt64(ref Utf8JsonReader reader, string path) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out var value)
            ? value
            : throw Wrong(ref reader, path, "a whole number that is not negative");

    /// <summary>A port: 0 (none) to 65535.</summary>
    public static int Port(ref Utf8JsonReader reader, string path)
    {
        var port = Int(ref reader, path);
        return port is >= 0 and <= 65535 ? port : throw new DecodeException($"field \"{path}\": {port} is not a port (0 to 65535)");
    }

    /// <summary>A count that is not negative and not absurd.</summary>
    public static int Count(ref Utf8JsonReader reader, string path)
    {
        var count = Int(ref reader, path);
        return count is >= 0 and <= 1_000_000 ? count : throw new DecodeException($"field \"{path}\": {count} is not between 0 and 1000000");
    }

    public static TimeSpan Duration(ref Utf8JsonReader reader, string path)
    {
        var value = TimeSpan.Zero;
        var good = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString() is var text && (text!.Length == 0 || GoDuration.TryParse(text, out value)),
            JsonTokenType.Number => reader.TryGetInt64(out var nanoseconds) && (value = TimeSpan.FromTicks(nanoseconds / 100)) >= TimeSpan.MinValue,
            _ => false,
        };
        if (!good)
            throw Wrong(ref reader, path, "a duration such as \"10s\" or nanoseconds");
        return value >= TimeSpan.Zero && value <= TimeSpan.FromDays(36500)
            ? value
            : throw new DecodeException($"field \"{path}\": a duration must lie between 0 and 100 years");
    }

    public static byte[] Bytes(ref Utf8JsonReader reader, string path) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var bytes) ? bytes : throw Wrong(ref reader, path, "base64");

    public static ImmutableArray<string> Strings(ref Utf8JsonReader reader, string path) => List(ref reader, path, String);

    public static ImmutableArray<TItem> List<TItem>(ref Utf8JsonReader reader, string path, ItemReader<TItem> read)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Wrong(ref reader, path, "a list");
        var items = ImmutableArray.CreateBuilder<TItem>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(read(ref reader, string.Create(CultureInfo.InvariantCulture, $"{path}[{items.Count}]")));
        return items.ToImmutable();
    }

    /// <summary>An object whose names are the user's own; they keep their case.</summary>
    public static ImmutableSortedDictionary<string, TItem> Map<TItem>(ref Utf8JsonReader reader, string path, ItemReader<TItem> read)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong(ref reader, path, "an object");
        var map = ImmutableSortedDictionary.CreateBuilder<string, TItem>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            map[name] = read(ref reader, $"{path}.{Shown(name)}");
        }

        return map.ToImmutable();
    }

    public static ImmutableSortedDictionary<string, string> StringMap(ref Utf8JsonReader reader, string path) => Map(ref reader, path, String);

    /// <summary>The value's own text, compact, for what is kept as it came.</summary>
    public static string Raw(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong(ref reader, path, "an object");
        using var document = JsonDocument.ParseValue(ref reader);
        return JsonSerializer.Serialize(document.RootElement, JsonText.Default.JsonElement);
    }

    public static DecodeException Wrong(ref Utf8JsonReader reader, string path, string wanted)
    {
        var got = reader.TokenType switch
        {
            JsonTokenType.String => $"the string \"{Shown(reader.GetString()!)}\"",
            JsonTokenType.Number => $"the number {Shown(Encoding.ASCII.GetString(reader.ValueSpan))}",
            JsonTokenType.True or JsonTokenType.False => "a truth value",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.StartObject => "an object",
            _ => "null",
        };
        return new DecodeException(path.Length == 0 ? $"want {wanted}, got {got}" : $"field \"{path}\" wants {wanted}, got {got}");
    }

    /// <summary>A peer's text as it may stand in an answer or a log: short, without control characters.</summary>
    public static string Shown(string text) => ShownText.Of(text);
}
