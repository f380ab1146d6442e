using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>
/// A piece of the mesh's configuration as a user wrote it. Its key is (<see cref="Kind"/>, <see cref="Name"/>); for kinds about a service, the
/// name is the service's. Members keep Consul's names, so that the JSON form of an entry is Consul's.
/// </summary>
[JsonConverter(typeof(ConfigEntryConverter))]
public abstract record ConfigEntry
{
    /// <summary>The kind's word, such as <c>service-router</c>.</summary>
    public abstract string Kind { get; }

    [JsonPropertyOrder(-1)]
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>The writer's own notes.</summary>
    [JsonPropertyOrder(1)]
    public ImmutableSortedDictionary<string, string> Meta { get; init => field = value ?? field; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>0 for an entry that is not stored.</summary>
    [JsonPropertyOrder(2)]
    public ulong CreateIndex { get; init; }

    [JsonPropertyOrder(3)]
    public ulong ModifyIndex { get; init; }
}
