using System.Collections.Immutable;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>A node inside of a transaction.</summary>
internal sealed class NodeBody
{
    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string Address { get; private set; } = "";

    public ImmutableSortedDictionary<string, string> TaggedAddresses { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Meta { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    public ulong ModifyIndex { get; private set; }

    public static JsonShape<NodeBody> Shape { get; } = new JsonShape<NodeBody>(() => new NodeBody())
        .Add("ID", static (ref r, d, p) => d.Id = JsonValues.String(ref r, p))
        .Add("Node", static (ref r, d, p) => d.Name = JsonValues.String(ref r, p))
        .Add("Address", static (ref r, d, p) => d.Address = JsonValues.String(ref r, p))
        .Add("TaggedAddresses", static (ref r, d, p) => d.TaggedAddresses = JsonValues.StringMap(ref r, p), "tagged_addresses")
        .Add("Meta", static (ref r, d, p) => d.Meta = JsonValues.StringMap(ref r, p))
        .Add("ModifyIndex", static (ref r, d, p) => d.ModifyIndex = JsonValues.UInt64(ref r, p))
        .Ignore("Datacenter", "CreateIndex", "Partition", "PeerName", "Locality");
}
