using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>A service as a client writes it: to the agent, inside <c>Connect.SidecarService</c>, or to the catalog (which calls the name "Service").</summary>
internal sealed class ServiceBody
{
    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public ServiceKind Kind { get; private set; }

    public ImmutableArray<string>? Tags { get; private set; }

    public string Address { get; private set; } = "";

    public int Port { get; private set; }

    public string SocketPath { get; private set; } = "";

    public ImmutableSortedDictionary<string, ServiceAddress> TaggedAddresses { get; private set; } =
        ImmutableSortedDictionary<string, ServiceAddress>.Empty;

    public ImmutableSortedDictionary<string, string>? Meta { get; private set; }

    public int PassingWeight { get; private set; } = 1;

    public int WarningWeight { get; private set; } = 1;

    public bool EnableTagOverride { get; private set; }

    public bool ConnectNative { get; private set; }

    public ServiceBody? Sidecar { get; private set; }

    public ProxyBody? Proxy { get; private set; }

    public ImmutableArray<CheckBody> Checks { get; private set; } = [];

    /// <summary>True when "Checks" was written, be it empty: a sidecar then gets no default check of its port.</summary>
    public bool HasChecks { get; private set; }

    /// <summary>What <c>/v1/agent/service/register</c> takes.</summary>
    public static JsonShape<ServiceBody> Agent { get; } = Describe("Name")
        .Add("Check", static (ref r, d, p) => d.Checks = d.Checks.Insert(0, CheckBody.Shape.Read(ref r, p)))
        .Add("Checks", static (ref r, d, p) => d.AddChecks(JsonValues.List(ref r, p, CheckBody.Shape.Read)))
        .Ignore("Token", "Locality", "Namespace", "Partition");

    /// <summary>The service of <c>/v1/catalog/register</c>.</summary>
    public static JsonShape<ServiceBody> Catalog { get; } = Describe("Service")
        .Ignore("Locality", "PeerName", "CreateIndex", "ModifyIndex", "Namespace", "Partition");

    private static readonly JsonShape<ServiceBody> ConnectShape = new JsonShape<ServiceBody>(() => new ServiceBody())
        .Add("Native", static (ref r, d, p) => d.ConnectNative = JsonValues.Bool(ref r, p))
        .Add("SidecarService", static (ref r, d, p) => d.Sidecar = Agent.Read(ref r, p), "sidecar_service");

    private static readonly JsonShape<ServiceBody> WeightsShape = new JsonShape<ServiceBody>(() => new ServiceBody())
        .Add("Passing", static (ref r, d, p) => d.PassingWeight = JsonValues.Count(ref r, p))
        .Add("Warning", static (ref r, d, p) => d.WarningWeight = JsonValues.Count(ref r, p));

    private static JsonShape<ServiceBody> Describe(string nameField) => new JsonShape<ServiceBody>(() => new ServiceBody())
        .Add("ID", static (ref r, d, p) => d.Id = JsonValues.String(ref r, p))
        .Add(nameField, static (ref r, d, p) => d.Name = JsonValues.String(ref r, p))
        .Add("Kind", static (ref r, d, p) => d.Kind = KindOf(JsonValues.String(ref r, p), p))
        .Add("Tags", static (ref r, d, p) => d.Tags = JsonValues.Strings(ref r, p))
        .Add("Address", static (ref r, d, p) => d.Address = JsonValues.String(ref r, p))
        .Add("Port", static (ref r, d, p) => d.Port = JsonValues.Port(ref r, p))
        .Add("SocketPath", static (ref r, d, p) => d.SocketPath = JsonValues.String(ref r, p), "socket_path")
        .Add("TaggedAddresses", static (ref r, d, p) => d.TaggedAddresses = JsonValues.Map(ref r, p, AddressOf), "tagged_addresses")
        .Add("Meta", static (ref r, d, p) => d.Meta = JsonValues.StringMap(ref r, p))
        .Add("Weights", static (ref r, d, p) => d.SetWeights(WeightsShape.Read(ref r, p)))
        .Add("EnableTagOverride", static (ref r, d, p) => d.EnableTagOverride = JsonValues.Bool(ref r, p), "enable_tag_override")
        .Add("Connect", static (ref r, d, p) => d.SetConnect(ConnectShape.Read(ref r, p)))
        .Add("Proxy", static (ref r, d, p) => d.Proxy = ProxyBody.Shape.Read(ref r, p));

    private void AddChecks(ImmutableArray<CheckBody> checks) => (Checks, HasChecks) = (Checks.AddRange(checks), true);

    private void SetWeights(ServiceBody weights) => (PassingWeight, WarningWeight) = (weights.PassingWeight, weights.WarningWeight);

    private void SetConnect(ServiceBody connect) => (ConnectNative, Sidecar) = (connect.ConnectNative, connect.Sidecar);

    private static ServiceKind KindOf(string word, string path) => word switch
    {
        "" => ServiceKind.Typical,
        "connect-proxy" => ServiceKind.ConnectProxy,
        "mesh-gateway" => ServiceKind.MeshGateway,
        "ingress-gateway" => ServiceKind.IngressGateway,
        "terminating-gateway" => ServiceKind.TerminatingGateway,
        _ => throw new DecodeException($"field \"{path}\": there is no kind \"{JsonValues.Shown(word)}\""),
    };

    private sealed class AddressBody
    {
        public string Address { get; set; } = "";

        public int Port { get; set; }
    }

    private static readonly JsonShape<AddressBody> AddressShape = new JsonShape<AddressBody>(() => new AddressBody())
        .Add("Address", static (ref r, d, p) => d.Address = JsonValues.String(ref r, p))
        .Add("Port", static (ref r, d, p) => d.Port = JsonValues.Port(ref r, p));

    private static ServiceAddress AddressOf(ref System.Text.Json.Utf8JsonReader reader, string path)
    {
        var body = AddressShape.Read(ref reader, path);
        return new ServiceAddress(body.Address, body.Port);
    }
}
