using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One service, and how the gateway speaks to it.</summary>
public sealed record LinkedService
{
    /// <summary>"*" for every service that is not named.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>PEM: whom the service's certificate must come from; empty speaks plain.</summary>
    [JsonPropertyName("CAFile")]
    public string CaFile { get; init => field = value ?? ""; } = "";

    public string CertFile { get; init => field = value ?? ""; } = "";

    public string KeyFile { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("SNI")]
    public string Sni { get; init => field = value ?? ""; } = "";

    public bool DisableAutoHostRewrite { get; init; }
}
