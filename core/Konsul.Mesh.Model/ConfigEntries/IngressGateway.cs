using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>What a gateway takes in from outside, and to which services it leads.</summary>
public sealed record IngressGateway : ConfigEntry
{
    public const string KindWord = "ingress-gateway";

    public override string Kind => KindWord;

    [JsonPropertyName("TLS")]
    public GatewayTls? Tls { get; init; }

    public ImmutableArray<IngressListener> Listeners { get; init => field = value.IsDefault ? [] : value; } = [];

    public IngressServiceDefaults? Defaults { get; init; }
}
