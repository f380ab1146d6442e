using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>What a route takes.</summary>
public sealed record ServiceRouteMatch
{
    [JsonPropertyName("HTTP")]
    public ServiceRouteHttpMatch? Http { get; init; }
}
