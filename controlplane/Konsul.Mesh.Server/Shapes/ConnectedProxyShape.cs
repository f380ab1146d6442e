using System.Text.Json;
using Konsul.Mesh.Discovery;
using Konsul.Mesh.Discovery.Streams;
using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>A connected proxy as <c>/v1/mesh/proxies</c> shows it.</summary>
internal static class ConnectedProxyShape
{
    public static byte[] ToJson(DiscoveryService discovery)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteList(discovery.ConnectedProxies, Write);
        }

        return json.ToArray();
    }

    private static void Write(Utf8JsonWriter w, ConnectedProxy proxy)
    {
        w.WriteStartObject();
        w.WriteString("ProxyID", proxy.ProxyId);
        w.WriteString("Node", proxy.Node);
        w.WriteString("Service", proxy.Service);
        w.WriteTime("ConnectedSince", proxy.ConnectedSince);
        w.WriteStartArray("Resources");
        foreach (var type in proxy.Types)
        {
            w.WriteStartObject();
            w.WriteString("Type", type.Type);
            w.WriteNumber("Sent", type.Sent);
            w.WriteNumber("Acked", type.Acked);
            w.WriteNumber("Nacked", type.Nacked);
            w.WriteString("LastNackError", type.LastNackError ?? "");
            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteEndObject();
    }
}
