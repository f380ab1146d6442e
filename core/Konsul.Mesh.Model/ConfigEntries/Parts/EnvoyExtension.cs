using System.Collections.Immutable;
using System.Text.Json;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>An extension of Envoy, kept for clients that write it.</summary>
public sealed record EnvoyExtension
{
    public string Name { get; init => field = value ?? ""; } = "";

    public bool Required { get; init; }

    public ImmutableSortedDictionary<string, JsonElement> Arguments { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, JsonElement>.Empty;

    public string ConsulVersion { get; init => field = value ?? ""; } = "";

    public string EnvoyVersion { get; init => field = value ?? ""; } = "";
}
