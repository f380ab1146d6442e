namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Through which gateway traffic leaves the datacenter.</summary>
public sealed record MeshGatewayConfig
{
    /// <summary>Empty, none, local or remote.</summary>
    public string Mode { get; init => field = value ?? ""; } = "";
}
