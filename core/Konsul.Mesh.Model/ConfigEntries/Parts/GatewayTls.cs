using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>TLS towards the clients.</summary>
public sealed record GatewayTls
{
    public bool Enabled { get; init; }

    [JsonPropertyName("SDS")]
    public GatewaySds? Sds { get; init; }

    [JsonPropertyName("TLSMinVersion")]
    public string TlsMinVersion { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("TLSMaxVersion")]
    public string TlsMaxVersion { get; init => field = value ?? ""; } = "";

    public ImmutableArray<string> CipherSuites { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>PEM on the gateway's machine; empty takes a certificate of the mesh's own CA. Beyond Consul.</summary>
    public string CertFile { get; init => field = value ?? ""; } = "";

    /// <summary>Goes with CertFile. Beyond Consul.</summary>
    public string KeyFile { get; init => field = value ?? ""; } = "";
}
