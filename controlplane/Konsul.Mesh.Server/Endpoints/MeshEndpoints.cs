using System.Text.Json;
using Konsul.Mesh.Discovery;
using Konsul.Mesh.Discovery.Streams;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/mesh/proxies</c>: which proxies are connected to this server, and what they have taken.</summary>
internal sealed class MeshEndpoints(DiscoveryService discovery) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes => [new ApiRoute("/v1/mesh/proxies") { Resource = "service" }.Get(ProxiesAsync)];

    private Task ProxiesAsync(ApiContext context) => context.JsonAsync(w => w.WriteList(discovery.ConnectedProxies, Write));

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
