using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>How the keys' server is found and trusted.</summary>
public sealed record JwksCluster
{
    /// <summary>Empty, STRICT_DNS, STATIC, LOGICAL_DNS, EDS or ORIGINAL_DST.</summary>
    public string DiscoveryType { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("TLSCertificates")]
    public JwksTlsCertificates? TlsCertificates { get; init; }

    public TimeSpan ConnectTimeout { get; init; }
}
