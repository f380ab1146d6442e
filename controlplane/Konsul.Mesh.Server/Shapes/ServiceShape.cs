using System.Text.Json;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>The three forms in which Consul shows one instance: to its agent, under its node, and joined with its node.</summary>
internal static class ServiceShape
{
    /// <summary>AgentService: the port always, no indexes of the catalog.</summary>
    public static void WriteAgent(Utf8JsonWriter writer, ServiceInstance service, string datacenter, string? contentHash = null)
    {
        writer.WriteStartObject();
        WriteCore(writer, service, portAlways: true);
        if (contentHash is not null)
            writer.WriteString("ContentHash", contentHash);
        writer.WriteString("Datacenter", datacenter);
        writer.WriteEndObject();
    }

    /// <summary>NodeService: inside a health entry or under a node.</summary>
    public static void WriteOfNode(Utf8JsonWriter writer, ServiceInstance service)
    {
        writer.WriteStartObject();
        WriteCore(writer, service, portAlways: false);
        writer.WriteString("PeerName", "");
        writer.WriteIndexes(service.CreateIndex, service.ModifyIndex);
        writer.WriteEndObject();
    }

    /// <summary>ServiceNode: an instance with its node's fields beside it.</summary>
    public static void WriteJoined(Utf8JsonWriter writer, Node node, ServiceInstance service)
    {
        writer.WriteStartObject();
        writer.WriteString("ID", node.Id);
        writer.WriteString("Node", node.Name);
        writer.WriteString("Address", node.Address);
        writer.WriteString("Datacenter", node.Datacenter);
        writer.WriteMap("TaggedAddresses", node.TaggedAddresses);
        writer.WriteMap("NodeMeta", node.Meta);
        writer.WriteString("ServiceKind", KindWord(service.Kind));
        writer.WriteString("ServiceID", service.Id);
        writer.WriteString("ServiceName", service.Name);
        writer.WriteStrings("ServiceTags", service.Tags);
        writer.WriteString("ServiceAddress", service.Address);
        WriteTagged(writer, "ServiceTaggedAddresses", service);
        writer.WritePropertyName("ServiceWeights");
        WriteWeights(writer, service);
        writer.WriteMap("ServiceMeta", service.Meta);
        writer.WriteNumber("ServicePort", service.Port);
        writer.WriteString("ServiceSocketPath", service.SocketPath);
        writer.WriteBoolean("ServiceEnableTagOverride", service.EnableTagOverride);
        writer.WritePropertyName("ServiceProxy");
        ProxyShape.Write(writer, service.Proxy);
        writer.WritePropertyName("ServiceConnect");
        WriteConnect(writer, service);
        writer.WriteIndexes(service.CreateIndex, service.ModifyIndex);
        writer.WriteEndObject();
    }

    public static string KindWord(ServiceKind kind) => kind switch
    {
        ServiceKind.ConnectProxy => "connect-proxy",
        ServiceKind.MeshGateway => "mesh-gateway",
        ServiceKind.IngressGateway => "ingress-gateway",
        ServiceKind.TerminatingGateway => "terminating-gateway",
        _ => "",
    };

    private static void WriteCore(Utf8JsonWriter writer, ServiceInstance service, bool portAlways)
    {
        writer.WriteNonEmpty("Kind", KindWord(service.Kind));
        writer.WriteString("ID", service.Id);
        writer.WriteString("Service", service.Name);
        writer.WriteStrings("Tags", service.Tags);
        writer.WriteMap("Meta", service.Meta);
        if (portAlways || service.Port > 0)
            writer.WriteNumber("Port", service.Port);
        writer.WriteString("Address", service.Address);
        WriteTagged(writer, "TaggedAddresses", service);
        writer.WriteNonEmpty("SocketPath", service.SocketPath);
        writer.WritePropertyName("Weights");
        WriteWeights(writer, service);
        writer.WriteBoolean("EnableTagOverride", service.EnableTagOverride);
        writer.WritePropertyName("Proxy");
        ProxyShape.Write(writer, service.Proxy);
        writer.WritePropertyName("Connect");
        WriteConnect(writer, service);
    }

    private static void WriteTagged(Utf8JsonWriter writer, string name, ServiceInstance service)
    {
        if (service.TaggedAddresses.IsEmpty)
            return;
        writer.WriteStartObject(name);
        foreach (var (tag, address) in service.TaggedAddresses)
        {
            writer.WriteStartObject(tag);
            writer.WriteString("Address", address.Address);
            writer.WriteNumber("Port", address.Port);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteWeights(Utf8JsonWriter writer, ServiceInstance service)
    {
        writer.WriteStartObject();
        writer.WriteNumber("Passing", service.PassingWeight);
        writer.WriteNumber("Warning", service.WarningWeight);
        writer.WriteEndObject();
    }

    private static void WriteConnect(Utf8JsonWriter writer, ServiceInstance service)
    {
        writer.WriteStartObject();
        if (service.ConnectNative)
            writer.WriteBoolean("Native", true);
        writer.WriteEndObject();
    }
}
