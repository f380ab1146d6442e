using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>What holds for every instance and caller of one service; beats <see cref="ProxyDefaults"/>.</summary>
public sealed record ServiceDefaults : ConfigEntry
{
    public const string KindWord = "service-defaults";

    public override string Kind => KindWord;

    /// <summary>tcp, http, http2 or grpc; empty leaves it to proxy-defaults, and at last to tcp.</summary>
    public string Protocol { get; init => field = value ?? ""; } = "";

    /// <summary>direct or transparent: how the app's outbound traffic reaches its sidecar.</summary>
    public string Mode { get; init => field = value ?? ""; } = "";

    public TransparentProxyConfig? TransparentProxy { get; init; }

    /// <summary>strict or permissive.</summary>
    [JsonPropertyName("MutualTLSMode")]
    public string MutualTlsMode { get; init => field = value ?? ""; } = "";

    public MeshGatewayConfig? MeshGateway { get; init; }

    public ExposeConfig? Expose { get; init; }

    /// <summary>Server name used towards the service instead of the mesh's own.</summary>
    [JsonPropertyName("ExternalSNI")]
    public string ExternalSni { get; init => field = value ?? ""; } = "";

    public UpstreamDefaults? UpstreamConfig { get; init; }

    public ServiceDestination? Destination { get; init; }

    /// <summary>0 for no limit.</summary>
    public int MaxInboundConnections { get; init; }

    /// <summary>Milliseconds; 0 for the default of 5000.</summary>
    public int LocalConnectTimeoutMs { get; init; }

    /// <summary>Milliseconds; 0 for no limit.</summary>
    public int LocalRequestTimeoutMs { get; init; }

    public string BalanceInboundConnections { get; init => field = value ?? ""; } = "";

    public InstanceRateLimits? RateLimits { get; init; }

    /// <summary>Kept and given back; nothing here interprets them.</summary>
    public ImmutableArray<EnvoyExtension> EnvoyExtensions { get; init => field = value.IsDefault ? [] : value; } = [];
}
