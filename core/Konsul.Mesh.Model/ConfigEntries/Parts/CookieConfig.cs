using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>A cookie that is set when the client brings none.</summary>
public sealed record CookieConfig
{
    /// <summary>Ends with the browser's session; not together with TTL.</summary>
    public bool Session { get; init; }

    [JsonPropertyName("TTL")]
    public TimeSpan Ttl { get; init; }

    public string Path { get; init => field = value ?? ""; } = "";
}
