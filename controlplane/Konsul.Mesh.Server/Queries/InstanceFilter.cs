using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Catalog;

namespace Konsul.Mesh.Server.Queries;

/// <summary>An instance with its node.</summary>
internal sealed record InstanceOnNode(Node Node, ServiceInstance Service);

/// <summary>The parameters that narrow a list of instances: every <c>tag</c> (without case) and every <c>node-meta</c> must be there.</summary>
internal sealed record InstanceFilter(ImmutableArray<string> Tags, ImmutableArray<KeyValuePair<string, string>> NodeMeta)
{
    public static InstanceFilter Parse(QueryParameters query)
    {
        var meta = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var pair in query.Values("node-meta"))
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                throw ApiException.BadRequest($"Invalid node-meta \"{JsonValues.Shown(pair)}\": want key:value");
            meta.Add(new(pair[..colon], pair[(colon + 1)..]));
        }

        return new InstanceFilter([.. query.Values("tag").Where(t => t.Length > 0)], meta.ToImmutable());
    }

    public bool Takes(Node node) => NodeMeta.All(m => node.Meta.TryGetValue(m.Key, out var value) && value == m.Value);

    public IEnumerable<InstanceOnNode> Apply(CatalogView catalog, IEnumerable<ServiceInstance> instances)
    {
        foreach (var instance in instances)
        {
            if (Tags.All(t => instance.Tags.Contains(t, StringComparer.OrdinalIgnoreCase)) && catalog.Node(instance.Node) is { } node && Takes(node))
                yield return new InstanceOnNode(node, instance);
        }
    }
}
