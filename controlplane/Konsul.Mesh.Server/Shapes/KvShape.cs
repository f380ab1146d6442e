using System.Text.Json;
using Konsul.Mesh.Model.Kv;

namespace Konsul.Mesh.Server.Shapes;

internal static class KvShape
{
    public static void Write(Utf8JsonWriter writer, KvEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteNumber("LockIndex", entry.LockIndex);
        writer.WriteString("Key", entry.Key);
        writer.WriteNumber("Flags", entry.Flags);
        WriteValue(writer, entry.Value);
        writer.WriteNonEmpty("Session", entry.Session);
        if (entry.Ttl > TimeSpan.Zero)
            writer.WriteDuration("TTL", entry.Ttl);
        writer.WriteNonEmpty("Namespace", entry.Namespace);
        writer.WriteIndexes(entry.CreateIndex, entry.ModifyIndex);
        writer.WriteEndObject();
    }

    /// <summary>A version that was replaced says when.</summary>
    public static void WriteVersion(Utf8JsonWriter writer, string key, KvVersion version)
    {
        writer.WriteStartObject();
        writer.WriteNumber("Version", version.Version);
        writer.WriteString("Key", key);
        writer.WriteNumber("Flags", version.Flags);
        WriteValue(writer, version.Value);
        writer.WriteNumber("ModifyIndex", version.ModifyIndex);
        if (version.ReplacedIndex > 0)
            writer.WriteNumber("ReplacedIndex", version.ReplacedIndex);
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, ReadOnlyMemory<byte> value)
    {
        if (value.IsEmpty)
            writer.WriteNull("Value");
        else
            writer.WriteBase64String("Value", value.Span);
    }
}
