using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>How one service, or any, is called.</summary>
public sealed record UpstreamSettings
{
    /// <summary>Of the called service; empty in the defaults.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("EnvoyListenerJSON")]
    public string EnvoyListenerJson { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("EnvoyClusterJSON")]
    public string EnvoyClusterJson { get; init => field = value ?? ""; } = "";

    public string Protocol { get; init => field = value ?? ""; } = "";

    /// <summary>Milliseconds; 0 for the default of 5000.</summary>
    public int ConnectTimeoutMs { get; init; }

    public ConnectionLimits? Limits { get; init; }

    public PassiveHealthCheck? PassiveHealthCheck { get; init; }

    public MeshGatewayConfig? MeshGateway { get; init; }

    public string BalanceOutboundConnections { get; init => field = value ?? ""; } = "";
}
