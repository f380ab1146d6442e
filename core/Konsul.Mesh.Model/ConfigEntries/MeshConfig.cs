using System.Text.Json.Serialization;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>What holds for the whole mesh; its only name is "mesh".</summary>
public sealed record MeshConfig : ConfigEntry
{
    public const string KindWord = "mesh";

    public override string Kind => KindWord;

    public MeshTransparentProxy? TransparentProxy { get; init; }

    [JsonPropertyName("AllowEnablingPermissiveMutualTLS")]
    public bool AllowEnablingPermissiveMutualTls { get; init; }

    public bool ValidateClusters { get; init; }

    [JsonPropertyName("TLS")]
    public MeshTls? Tls { get; init; }

    [JsonPropertyName("HTTP")]
    public MeshHttp? Http { get; init; }

    public MeshPeering? Peering { get; init; }
}
