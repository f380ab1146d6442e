using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.Chains;

/// <summary>Some instances of a service: a subset of them, in one datacenter or at one peer.</summary>
public sealed record ChainTarget
{
    public required string Service { get; init; }

    /// <summary>Empty for all instances.</summary>
    public string ServiceSubset { get; init; } = "";

    public required string Datacenter { get; init; }

    /// <summary>Empty for this cluster.</summary>
    public string Peer { get; init; } = "";

    /// <summary>The subset's definition; empty without a subset.</summary>
    public ServiceSubset Subset { get; init; } = new();

    public TimeSpan ConnectTimeout { get; init; }

    /// <summary>Empty, none, local or remote.</summary>
    public string MeshGatewayMode { get; init; } = "";

    /// <summary>Speaks TLS by a name of its own instead of the mesh's.</summary>
    public bool IsExternal { get; init; }

    /// <summary>Server name sent in the handshake; empty for one at a peer.</summary>
    public string Sni { get; init; } = "";

    /// <summary>The name of its cluster on a proxy.</summary>
    public string Name { get; init; } = "";

    public string Id => Peer.Length > 0
        ? $"{Prefix}{Service}.{Names.DefaultNamespace}.default.external.{Peer}"
        : $"{Prefix}{Service}.{Names.DefaultNamespace}.default.{Datacenter}";

    private string Prefix => ServiceSubset.Length > 0 ? ServiceSubset + "." : "";
}
