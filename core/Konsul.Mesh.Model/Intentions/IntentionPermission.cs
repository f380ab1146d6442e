using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.Intentions;

/// <summary>Decides about requests that match.</summary>
public sealed record IntentionPermission
{
    /// <summary>allow or deny.</summary>
    public string Action { get; init => field = value ?? ""; } = "";

    /// <summary>Null matches every request.</summary>
    [JsonPropertyName("HTTP")]
    public IntentionHttpMatch? Http { get; init; }

    /// <summary>Holds in addition to the match.</summary>
    [JsonPropertyName("JWT")]
    public IntentionJwt? Jwt { get; init; }
}
