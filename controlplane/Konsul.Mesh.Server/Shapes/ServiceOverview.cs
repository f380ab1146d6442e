using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Catalog;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>A service in one line: where it runs, how it is, what stands before it.</summary>
internal sealed record ServiceOverview
{
    /// <summary>The tool that registered an instance says so there.</summary>
    private const string ExternalSource = "external-source";

    public required string Name { get; init; }

    public required ServiceKind Kind { get; init; }

    public required string Datacenter { get; init; }

    public required ImmutableArray<string> Tags { get; init; }

    public required ImmutableArray<string> Nodes { get; init; }

    public required ImmutableArray<string> ExternalSources { get; init; }

    public required int Instances { get; init; }

    public required ImmutableArray<CheckStatus> Checks { get; init; }

    public required bool ConnectNative { get; init; }

    public required bool HasSidecar { get; init; }

    /// <summary>A node's checks count once, however many instances it has.</summary>
    public static ServiceOverview Of(CatalogView catalog, string datacenter, string name, IReadOnlyList<ServiceInstance> instances) => new()
    {
        Name = name,
        Kind = instances[0].Kind,
        Datacenter = datacenter,
        Tags = Sorted(instances.SelectMany(i => i.Tags)),
        Nodes = Sorted(instances.Select(i => i.Node)),
        ExternalSources = Sorted(instances.Select(i => i.Meta.GetValueOrDefault(ExternalSource, "")).Where(s => s.Length > 0)),
        Instances = instances.Count,
        Checks = [.. instances.SelectMany(i => catalog.ChecksOf(i.Node, i.Id)).DistinctBy(c => (c.Node, c.CheckId)).Select(c => c.Status)],
        ConnectNative = instances.Any(i => i.ConnectNative),
        HasSidecar = catalog.ConnectInstances(name).Any(i => i.Kind == ServiceKind.ConnectProxy),
    };

    private static ImmutableArray<string> Sorted(IEnumerable<string> texts) => [.. texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
