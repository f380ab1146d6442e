using System.Text.Json;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Intentions;

namespace Konsul.Mesh.Server.Shapes;

internal static class IntentionShape
{
    public static void Write(Utf8JsonWriter writer, Intention intention)
    {
        writer.WriteStartObject();
        writer.WriteNonEmpty("ID", intention.Id);
        writer.WriteNonEmpty("Description", intention.Description);
        writer.WriteString("SourceNS", "default");
        writer.WriteString("SourceName", intention.SourceName);
        writer.WriteString("DestinationNS", "default");
        writer.WriteString("DestinationName", intention.DestinationName);
        writer.WriteString("SourceType", "consul");
        if (intention.Permissions.IsEmpty)
        {
            writer.WriteString("Action", intention.Action == IntentionAction.Allow ? "allow" : "deny");
        }
        else
        {
            writer.WritePropertyName("Permissions");
            writer.WriteList(intention.Permissions, ConfigEntryWriter.WritePart);
        }

        if (!intention.Meta.IsEmpty)
            writer.WriteMap("Meta", intention.Meta);
        writer.WriteNumber("Precedence", intention.Precedence);
        writer.WriteTime("CreatedAt", intention.CreatedAt);
        writer.WriteTime("UpdatedAt", intention.UpdatedAt);
        writer.WriteIndexes(intention.CreateIndex, intention.ModifyIndex);
        writer.WriteEndObject();
    }
}
