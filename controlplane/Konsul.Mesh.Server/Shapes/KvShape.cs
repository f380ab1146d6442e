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
        if (entry.Value.IsEmpty)
            writer.WriteNull("Value");
        else
            writer.WriteBase64String("Value", entry.Value.Span);
        writer.WriteNonEmpty("Session", entry.Session);
        writer.WriteIndexes(entry.CreateIndex, entry.ModifyIndex);
        writer.WriteEndObject();
    }
}
