using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.Queries;

/// <summary>How the answer is told over DNS.</summary>
public sealed record QueryDns
{
    /// <summary>Zero for the server's own for services.</summary>
    [JsonPropertyName("TTL")]
    public TimeSpan Ttl { get; init; }
}
