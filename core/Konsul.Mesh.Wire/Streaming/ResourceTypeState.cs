using System.Collections.Immutable;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>How one type stands on the client's side: what is held, what was accepted and refused since the process started.</summary>
public sealed record ResourceTypeState
{
    private readonly ImmutableSortedDictionary<string, HeldResource> _held;

    internal ResourceTypeState(ResourceType type, ImmutableSortedDictionary<string, HeldResource> held) => (Type, _held) = (type, held);

    public ResourceType Type { get; }

    /// <summary>Name and version of each resource in force, in order of names.</summary>
    public IEnumerable<KeyValuePair<string, string>> Versions => _held.Select(h => KeyValuePair.Create(h.Key, h.Value.Version));

    public long Accepted { get; init; }

    public long Refused { get; init; }

    /// <summary>Why the last refused response of the type was refused; null when none was, or a later one was accepted.</summary>
    public string? LastRefusal { get; init; }
}
