using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>The certificate for one service's hosts.</summary>
public sealed record IngressServiceTls
{
    [JsonPropertyName("SDS")]
    public GatewaySds? Sds { get; init; }
}
