using System.Collections.Immutable;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>What <c>/v1/catalog/register</c> and <c>deregister</c> take.</summary>
internal sealed class CatalogBody
{
    public string Id { get; private set; } = "";

    public string Node { get; private set; } = "";

    public string Address { get; private set; } = "";

    public ImmutableSortedDictionary<string, string> TaggedAddresses { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Meta { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    public ServiceBody? Service { get; private set; }

    public ImmutableArray<CheckBody> Checks { get; private set; } = [];

    public bool SkipNodeUpdate { get; private set; }

    public string Datacenter { get; private set; } = "";

    public string ServiceId { get; private set; } = "";

    public string CheckId { get; private set; } = "";

    public static JsonShape<CatalogBody> Register { get; } = new JsonShape<CatalogBody>(() => new CatalogBody())
        .Add("ID", static (ref r, d, p) => d.Id = JsonValues.String(ref r, p))
        .Add("Node", static (ref r, d, p) => d.Node = JsonValues.String(ref r, p))
        .Add("Address", static (ref r, d, p) => d.Address = JsonValues.String(ref r, p))
        .Add("Datacenter", static (ref r, d, p) => d.Datacenter = JsonValues.String(ref r, p))
        .Add("TaggedAddresses", static (ref r, d, p) => d.TaggedAddresses = JsonValues.StringMap(ref r, p), "tagged_addresses")
        .Add("NodeMeta", static (ref r, d, p) => d.Meta = JsonValues.StringMap(ref r, p), "node_meta")
        .Add("Service", static (ref r, d, p) => d.Service = ServiceBody.Catalog.Read(ref r, p))
        .Add("Check", static (ref r, d, p) => d.Checks = d.Checks.Insert(0, CheckBody.Shape.Read(ref r, p)))
        .Add("Checks", static (ref r, d, p) => d.Checks = d.Checks.AddRange(JsonValues.List(ref r, p, CheckBody.Shape.Read)))
        .Add("SkipNodeUpdate", static (ref r, d, p) => d.SkipNodeUpdate = JsonValues.Bool(ref r, p), "skip_node_update")
        .Ignore("WriteRequest", "Namespace", "Partition", "Locality");

    public static JsonShape<CatalogBody> Deregister { get; } = new JsonShape<CatalogBody>(() => new CatalogBody())
        .Add("Node", static (ref r, d, p) => d.Node = JsonValues.String(ref r, p))
        .Add("ServiceID", static (ref r, d, p) => d.ServiceId = JsonValues.String(ref r, p), "service_id")
        .Add("CheckID", static (ref r, d, p) => d.CheckId = JsonValues.String(ref r, p), "check_id")
        .Add("Datacenter", static (ref r, d, p) => d.Datacenter = JsonValues.String(ref r, p))
        .Ignore("Address", "WriteRequest", "Namespace", "Partition");
}
