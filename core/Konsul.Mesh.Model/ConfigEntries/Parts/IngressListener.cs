using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One port.</summary>
public sealed record IngressListener
{
    public int Port { get; init; }

    /// <summary>tcp, http, http2 or grpc; empty for tcp.</summary>
    public string Protocol { get; init => field = value ?? ""; } = "";

    public ImmutableArray<IngressService> Services { get; init => field = value.IsDefault ? [] : value; } = [];

    [JsonPropertyName("TLS")]
    public GatewayTls? Tls { get; init; }
}
