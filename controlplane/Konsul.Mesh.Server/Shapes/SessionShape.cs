using System.Text.Json;
using Konsul.Mesh.Model.Sessions;

namespace Konsul.Mesh.Server.Shapes;

internal static class SessionShape
{
    public static void Write(Utf8JsonWriter writer, Session session)
    {
        writer.WriteStartObject();
        writer.WriteString("ID", session.Id);
        writer.WriteString("Name", session.Name);
        writer.WriteString("Node", session.Node);
        writer.WriteNumber("LockDelay", session.LockDelay.Ticks * 100);
        writer.WriteString("Behavior", session.Behavior == SessionBehavior.Delete ? "delete" : "release");
        if (session.Ttl > TimeSpan.Zero)
            writer.WriteDuration("TTL", session.Ttl);
        else
            writer.WriteString("TTL", "");
        writer.WriteStrings("NodeChecks", session.NodeChecks);
        writer.WritePropertyName("ServiceChecks");
        if (session.ServiceChecks.IsEmpty)
            writer.WriteNullValue();
        else
            writer.WriteList(session.ServiceChecks, WriteServiceCheck);
        writer.WriteNonEmpty("Namespace", session.Namespace);
        writer.WriteIndexes(session.CreateIndex, session.ModifyIndex);
        writer.WriteEndObject();
    }

    private static void WriteServiceCheck(Utf8JsonWriter writer, SessionServiceCheck check)
    {
        writer.WriteStartObject();
        writer.WriteString("ID", check.Id);
        writer.WriteString("Namespace", check.Namespace);
        writer.WriteEndObject();
    }
}
