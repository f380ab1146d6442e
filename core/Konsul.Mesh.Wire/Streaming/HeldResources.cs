using System.Collections.Immutable;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>All resources that a proxy holds, by type and name. Immutable, so that a refused response is undone by forgetting it.</summary>
internal sealed record HeldResources
{
    /// <summary>Most resources of one type; a stream that sends more is refused, so that a peer cannot grow the proxy without bound.</summary>
    public const int MaxPerType = 100_000;

    private ImmutableDictionary<ResourceType, ImmutableSortedDictionary<string, HeldResource>> _byType =
        ImmutableDictionary<ResourceType, ImmutableSortedDictionary<string, HeldResource>>.Empty;

    public static HeldResources None { get; } = new();

    public ImmutableSortedDictionary<string, HeldResource> Of(ResourceType type) =>
        _byType.GetValueOrDefault(type) ?? ImmutableSortedDictionary.Create<string, HeldResource>(StringComparer.Ordinal);

    public IEnumerable<(string Name, T Model)> Models<T>(ResourceType type) =>
        Of(type).Values.Select(held => (held.Name, (T)held.Model));

    public bool TryModel<T>(ResourceType type, string name, out T model)
    {
        var found = Of(type).TryGetValue(name, out var held);
        model = found ? (T)held!.Model : default!;
        return found;
    }

    /// <summary>The same as responses, one for each type; <see cref="TryApply"/> of them gives this again.</summary>
    public IEnumerable<DeltaResponse> Export() => ResourceKinds.InOrder.Select(type =>
    {
        var all = new DeltaResponse { Type = type };
        all.Resources.AddRange(Of(type).Values.Select(h => new Resource { Name = h.Name, Version = h.Version, Body = h.Body }));
        return all;
    });

    /// <summary>Takes a response in whole or not at all. Null when <paramref name="next"/> is set, else what is wrong with it.</summary>
    public string? TryApply(ResourceType type, IEnumerable<Resource> changed, IEnumerable<string> removed, out HeldResources next)
    {
        next = this;
        if (!ResourceKinds.IsKnown(type))
        {
            return $"Resources of type {(int)type} are not known.";
        }

        var held = Of(type).ToBuilder();
        foreach (var resource in changed)
        {
            if (held.TryGetValue(resource.Name, out var same) && same.Version == resource.Version)
            {
                continue;
            }

            if (ResourceReader.TryRead(type, resource.Name, resource.Body, out var model) is { } error)
            {
                return error;
            }

            held[resource.Name] = new HeldResource(resource.Name, resource.Version, resource.Body, model!);
        }

        held.RemoveRange(removed);
        if (held.Count > MaxPerType)
        {
            return $"More than {MaxPerType} resources of type {ResourceKinds.Label(type)}.";
        }

        next = this with { _byType = _byType.SetItem(type, held.ToImmutable()) };
        return null;
    }
}
