using System.Text.Json;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>The <c>Proxy</c> of an instance; every instance has one in Consul's answers, empty for plain services.</summary>
internal static class ProxyShape
{
    public static void Write(Utf8JsonWriter writer, ProxyRegistration? proxy)
    {
        writer.WriteStartObject();
        if (proxy is not null)
            WriteRegistration(writer, proxy);
        writer.WriteString("Mode", "");
        WriteEmpty(writer, "MeshGateway");
        WriteEmpty(writer, "Expose");
        writer.WriteEndObject();
    }

    private static void WriteRegistration(Utf8JsonWriter writer, ProxyRegistration proxy)
    {
        writer.WriteNonEmpty("DestinationServiceName", proxy.DestinationServiceName);
        writer.WriteNonEmpty("DestinationServiceID", proxy.DestinationServiceId);
        writer.WriteNonEmpty("LocalServiceAddress", proxy.LocalServiceAddress);
        if (proxy.LocalServicePort > 0)
            writer.WriteNumber("LocalServicePort", proxy.LocalServicePort);
        if (proxy.ConfigJson.Length > 0)
        {
            writer.WritePropertyName("Config");
            writer.WriteRawValue(proxy.ConfigJson);
        }

        if (proxy.Upstreams.Length > 0)
        {
            writer.WritePropertyName("Upstreams");
            writer.WriteList(proxy.Upstreams, WriteUpstream);
        }
    }

    private static void WriteUpstream(Utf8JsonWriter writer, Upstream upstream)
    {
        writer.WriteStartObject();
        writer.WriteString("DestinationType", "service");
        writer.WriteString("DestinationName", upstream.DestinationName);
        writer.WriteNonEmpty("Datacenter", upstream.Datacenter);
        writer.WriteString("LocalBindAddress", upstream.LocalBindAddress);
        writer.WriteNumber("LocalBindPort", upstream.LocalBindPort);
        writer.WriteStartObject("Config");
        if (upstream.Protocol != ServiceProtocol.Auto)
            writer.WriteString("protocol", ProtocolWord(upstream.Protocol));
        writer.WriteNumber("connect_timeout_ms", upstream.ConnectTimeoutMs);
        writer.WriteEndObject();
        WriteEmpty(writer, "MeshGateway");
        writer.WriteEndObject();
    }

    private static string ProtocolWord(ServiceProtocol protocol) => protocol switch
    {
        ServiceProtocol.Http => "http",
        ServiceProtocol.Http2 => "http2",
        ServiceProtocol.Grpc => "grpc",
        _ => "tcp",
    };

    private static void WriteEmpty(Utf8JsonWriter writer, string name)
    {
        writer.WriteStartObject(name);
        writer.WriteEndObject();
    }
}
