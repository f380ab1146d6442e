using System.Collections.Immutable;
using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>The <c>Proxy</c> part of a registration. <c>Config</c> is the registrant's own map: kept whole, and its <c>protocol</c> understood.</summary>
internal sealed class ProxyBody
{
    private const int DefaultConnectTimeoutMs = 5000;

    public string DestinationServiceName { get; private set; } = "";

    public string DestinationServiceId { get; private set; } = "";

    /// <summary>Empty: 127.0.0.1.</summary>
    public string LocalServiceAddress { get; private set; } = "";

    /// <summary>0: the port of the service it stands for.</summary>
    public int LocalServicePort { get; private set; }

    public ServiceProtocol Protocol { get; private set; }

    public string ConfigJson { get; private set; } = "";

    public ImmutableArray<Upstream> Upstreams { get; private set; } = [];

    public static JsonShape<ProxyBody> Shape { get; } = new JsonShape<ProxyBody>(() => new ProxyBody())
        .Add("DestinationServiceName", static (ref r, d, p) => d.DestinationServiceName = JsonValues.String(ref r, p), "destination_service_name")
        .Add("DestinationServiceID", static (ref r, d, p) => d.DestinationServiceId = JsonValues.String(ref r, p), "destination_service_id")
        .Add("LocalServiceAddress", static (ref r, d, p) => d.LocalServiceAddress = JsonValues.String(ref r, p), "local_service_address")
        .Add("LocalServicePort", static (ref r, d, p) => d.LocalServicePort = JsonValues.Port(ref r, p), "local_service_port")
        .Add("Config", static (ref r, d, p) => d.SetConfig(ref r, p))
        .Add("Upstreams", static (ref r, d, p) => d.Upstreams = JsonValues.List(ref r, p, ReadUpstream))
        .Ignore("Mode", "MeshGateway", "mesh_gateway", "Expose", "LocalServiceSocketPath", "local_service_socket_path");

    private sealed class UpstreamBody
    {
        public string Name { get; set; } = "";

        public string Datacenter { get; set; } = "";

        public string Address { get; set; } = "";

        public int Port { get; set; }

        public ConfigBody Config { get; set; } = new();
    }

    private sealed class ConfigBody
    {
        public ServiceProtocol Protocol { get; set; }

        public int ConnectTimeoutMs { get; set; } = DefaultConnectTimeoutMs;
    }

    private static readonly JsonShape<ConfigBody> ConfigShape = new JsonShape<ConfigBody>(() => new ConfigBody())
        .Add("protocol", static (ref r, d, p) => d.Protocol = ProtocolOf(JsonValues.String(ref r, p), p))
        .Add("connect_timeout_ms", static (ref r, d, p) => d.ConnectTimeoutMs = JsonValues.Count(ref r, p))
        .Open();

    private static readonly JsonShape<UpstreamBody> UpstreamShape = new JsonShape<UpstreamBody>(() => new UpstreamBody())
        .Add("DestinationName", static (ref r, d, p) => d.Name = JsonValues.String(ref r, p), "destination_name")
        .Add("DestinationType", static (ref r, _, p) => RequireService(JsonValues.String(ref r, p), p), "destination_type")
        .Add("Datacenter", static (ref r, d, p) => d.Datacenter = JsonValues.String(ref r, p))
        .Add("LocalBindAddress", static (ref r, d, p) => d.Address = JsonValues.String(ref r, p), "local_bind_address")
        .Add("LocalBindPort", static (ref r, d, p) => d.Port = JsonValues.Port(ref r, p), "local_bind_port")
        .Add("Config", static (ref r, d, p) => d.Config = ConfigShape.Read(ref r, p))
        .Ignore("MeshGateway", "mesh_gateway", "DestinationNamespace", "DestinationPartition", "CentrallyConfigured");

    private void SetConfig(ref Utf8JsonReader reader, string path)
    {
        var copy = reader;
        Protocol = ConfigShape.Read(ref copy, path).Protocol;
        ConfigJson = JsonValues.Raw(ref reader, path);
    }

    private static Upstream ReadUpstream(ref Utf8JsonReader reader, string path)
    {
        var body = UpstreamShape.Read(ref reader, path);
        return new Upstream
        {
            DestinationName = body.Name,
            Datacenter = body.Datacenter,
            LocalBindAddress = body.Address.Length == 0 ? "127.0.0.1" : body.Address,
            LocalBindPort = body.Port,
            Protocol = body.Config.Protocol,
            ConnectTimeoutMs = body.Config.ConnectTimeoutMs == 0 ? DefaultConnectTimeoutMs : body.Config.ConnectTimeoutMs,
        };
    }

    private static void RequireService(string word, string path)
    {
        if (word is not ("" or "service"))
            throw new DecodeException($"field \"{path}\": only \"service\" is known, got \"{JsonValues.Shown(word)}\"");
    }

    private static ServiceProtocol ProtocolOf(string word, string path) => word switch
    {
        "" => ServiceProtocol.Auto,
        "tcp" => ServiceProtocol.Tcp,
        "http" => ServiceProtocol.Http,
        "http2" => ServiceProtocol.Http2,
        "grpc" => ServiceProtocol.Grpc,
        _ => throw new DecodeException($"field \"{path}\" wants tcp, http, http2 or grpc, got \"{JsonValues.Shown(word)}\""),
    };
}
