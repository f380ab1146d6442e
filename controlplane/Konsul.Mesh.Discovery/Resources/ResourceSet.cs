using System.Collections.Immutable;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Resources;

/// <summary>All that one proxy should have, by type and name; immutable.</summary>
public sealed class ResourceSet
{
    private readonly ImmutableDictionary<ResourceType, ImmutableDictionary<string, EncodedResource>> _byType;

    public ResourceSet(IEnumerable<EncodedResource> resources) =>
        _byType = resources.GroupBy(r => r.Type).ToImmutableDictionary(
            group => group.Key,
            group => group.ToImmutableDictionary(r => r.Name, StringComparer.Ordinal));

    /// <summary>What a proxy that is gone should have.</summary>
    public static ResourceSet Empty { get; } = new([]);

    public ImmutableDictionary<string, EncodedResource> Of(ResourceType type) =>
        _byType.GetValueOrDefault(type) ?? ImmutableDictionary<string, EncodedResource>.Empty;
}
