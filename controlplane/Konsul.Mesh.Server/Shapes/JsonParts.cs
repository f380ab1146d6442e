using System.Collections.Immutable;
using System.Text.Json;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>The pieces that all shapes are made of. Lists are never null; times are RFC 3339.</summary>
internal static class JsonParts
{
    public static void WriteStrings(this Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    public static void WriteMap(this Utf8JsonWriter writer, string name, ImmutableSortedDictionary<string, string> map)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in map)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    public static void WriteNonEmpty(this Utf8JsonWriter writer, string name, string value)
    {
        if (value.Length > 0)
            writer.WriteString(name, value);
    }

    public static void WriteDuration(this Utf8JsonWriter writer, string name, TimeSpan value) => writer.WriteString(name, DurationText.Format(value));

    public static void WriteTime(this Utf8JsonWriter writer, string name, DateTimeOffset value) =>
        writer.WriteString(name, value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture));

    public static void WriteIndexes(this Utf8JsonWriter writer, ulong create, ulong modify)
    {
        writer.WriteNumber("CreateIndex", create);
        writer.WriteNumber("ModifyIndex", modify);
    }

    public static void WriteList<T>(this Utf8JsonWriter writer, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray();
        foreach (var item in items)
            write(writer, item);
        writer.WriteEndArray();
    }
}
