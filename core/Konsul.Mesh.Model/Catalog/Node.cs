using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Catalog;

public sealed record Node
{
    /// <summary>A UUID, or empty when the registrant gave none.</summary>
    public string Id { get; init; } = "";

    public required string Name { get; init; }

    public required string Address { get; init; }

    public string Datacenter { get; init; } = "";

    public ImmutableSortedDictionary<string, string> TaggedAddresses { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Meta { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
