using System.Text.Json;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.State.Queries;

namespace Konsul.Mesh.Server.Shapes;

internal static class PreparedQueryShape
{
    /// <summary>All members, the empty ones too, as Consul tells them.</summary>
    public static void Write(Utf8JsonWriter writer, PreparedQuery query)
    {
        var (service, template) = (query.Service ?? new QueryService(), query.Template ?? new QueryTemplate());
        writer.WriteStartObject();
        writer.WriteString("ID", query.Id);
        writer.WriteString("Name", query.Name);
        writer.WriteString("Session", query.Session);
        writer.WriteString("Token", query.Token);
        writer.WriteStartObject("Template");
        writer.WriteString("Type", template.Type);
        writer.WriteString("Regexp", template.Regexp);
        writer.WriteBoolean("RemoveEmptyTags", template.RemoveEmptyTags);
        writer.WriteEndObject();
        writer.WriteStartObject("Service");
        writer.WriteString("Service", service.Service);
        WriteFailover(writer, service.Failover ?? new QueryFailover());
        writer.WriteBoolean("OnlyPassing", service.OnlyPassing);
        writer.WriteStrings("IgnoreCheckIDs", service.IgnoreCheckIds);
        writer.WriteString("Near", service.Near);
        writer.WriteStrings("Tags", service.Tags);
        writer.WriteMap("NodeMeta", service.NodeMeta);
        writer.WriteMap("ServiceMeta", service.ServiceMeta);
        writer.WriteBoolean("Connect", service.Connect);
        writer.WriteEndObject();
        WriteDns(writer, query);
        writer.WriteIndexes(query.CreateIndex, query.ModifyIndex);
        writer.WriteEndObject();
    }

    public static void WriteAnswer(Utf8JsonWriter writer, QueryAnswer answer, string datacenter)
    {
        writer.WriteStartObject();
        writer.WriteString("Service", answer.Query.Service!.Service);
        writer.WriteString("Namespace", "default");
        writer.WritePropertyName("Nodes");
        writer.WriteList(answer.Instances, WriteInstance);
        WriteDns(writer, answer.Query);
        writer.WriteString("Datacenter", datacenter);
        writer.WriteNumber("Failovers", answer.Failovers);
        writer.WriteEndObject();
    }

    private static void WriteInstance(Utf8JsonWriter writer, QueryInstance instance)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("Node");
        NodeShape.Write(writer, instance.Node);
        writer.WritePropertyName("Service");
        ServiceShape.WriteOfNode(writer, instance.Service);
        writer.WritePropertyName("Checks");
        writer.WriteList(instance.Checks, CheckShape.Write);
        writer.WriteEndObject();
    }

    private static void WriteFailover(Utf8JsonWriter writer, QueryFailover failover)
    {
        writer.WriteStartObject("Failover");
        writer.WriteNumber("NearestN", failover.NearestN);
        writer.WriteStrings("Datacenters", failover.Datacenters);
        if (!failover.Targets.IsEmpty)
        {
            writer.WritePropertyName("Targets");
            writer.WriteList(failover.Targets, ConfigEntryWriter.WritePart);
        }

        writer.WriteEndObject();
    }

    private static void WriteDns(Utf8JsonWriter writer, PreparedQuery query)
    {
        writer.WriteStartObject("DNS");
        writer.WriteString("TTL", query.Dns is { Ttl: var ttl } && ttl > TimeSpan.Zero ? DurationText.Format(ttl) : "");
        writer.WriteEndObject();
    }
}
