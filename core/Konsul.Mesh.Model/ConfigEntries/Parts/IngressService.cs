using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One service behind a listener.</summary>
public sealed record IngressService
{
    /// <summary>"*" for every service by its name, http-like listeners only.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Host names, a leading "*." or "*" alone as wildcard.</summary>
    public ImmutableArray<string> Hosts { get; init => field = value.IsDefault ? [] : value; } = [];

    [JsonPropertyName("TLS")]
    public IngressServiceTls? Tls { get; init; }

    public HeaderModifiers? RequestHeaders { get; init; }

    public HeaderModifiers? ResponseHeaders { get; init; }

    public int MaxConnections { get; init; }

    public int MaxPendingRequests { get; init; }

    public int MaxConcurrentRequests { get; init; }

    public PassiveHealthCheck? PassiveHealthCheck { get; init; }
}
