using System.Text.Json;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>ServiceEntry: an instance with its node and all checks that decide about it.</summary>
internal static class HealthEntryShape
{
    public static void Write(Utf8JsonWriter writer, HealthEntry entry)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("Node");
        NodeShape.Write(writer, entry.Instance.Node);
        writer.WritePropertyName("Service");
        ServiceShape.WriteOfNode(writer, entry.Instance.Service);
        writer.WritePropertyName("Checks");
        writer.WriteList(entry.Checks, CheckShape.Write);
        writer.WriteEndObject();
    }
}
