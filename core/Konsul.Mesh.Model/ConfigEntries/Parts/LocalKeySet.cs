using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Keys at hand; exactly one of the two.</summary>
public sealed record LocalKeySet
{
    /// <summary>Base64 of a JSON Web Key Set.</summary>
    [JsonPropertyName("JWKS")]
    public string Jwks { get; init => field = value ?? ""; } = "";

    /// <summary>On the proxy's machine.</summary>
    public string Filename { get; init => field = value ?? ""; } = "";
}
