using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One direction's TLS; empty for the default.</summary>
public sealed record MeshTlsDirection
{
    /// <summary>TLS_AUTO, TLSv1_0 to TLSv1_3.</summary>
    [JsonPropertyName("TLSMinVersion")]
    public string TlsMinVersion { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("TLSMaxVersion")]
    public string TlsMaxVersion { get; init => field = value ?? ""; } = "";

    public ImmutableArray<string> CipherSuites { get; init => field = value.IsDefault ? [] : value; } = [];
}
