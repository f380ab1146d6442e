using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>What holds for every service; its only name is "global".</summary>
public sealed record ProxyDefaults : ConfigEntry
{
    public const string KindWord = "proxy-defaults";

    public override string Kind => KindWord;

    /// <summary>Free; <c>protocol</c> is the default of every service's protocol.</summary>
    public ImmutableSortedDictionary<string, JsonElement> Config { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, JsonElement>.Empty;

    public string Mode { get; init => field = value ?? ""; } = "";

    public TransparentProxyConfig? TransparentProxy { get; init; }

    [JsonPropertyName("MutualTLSMode")]
    public string MutualTlsMode { get; init => field = value ?? ""; } = "";

    public MeshGatewayConfig? MeshGateway { get; init; }

    public ExposeConfig? Expose { get; init; }

    public AccessLogsConfig? AccessLogs { get; init; }

    public ImmutableArray<EnvoyExtension> EnvoyExtensions { get; init => field = value.IsDefault ? [] : value; } = [];

    public FailoverPolicy? FailoverPolicy { get; init; }

    public PrioritizeByLocality? PrioritizeByLocality { get; init; }
}
