namespace Konsul.Mesh.State.Cluster;

/// <summary>One server of the cluster, as it has announced itself.</summary>
public sealed record ServerMember
{
    /// <summary>Its id in consensus: 16 hexadecimal digits, made at its first start and never given to another server.</summary>
    public required string Id { get; init; }

    /// <summary>Its node in the catalog.</summary>
    public required string Name { get; init; }

    /// <summary>Where other servers reach it, host:port.</summary>
    public required string RaftAddress { get; init; }

    /// <summary>Where its HTTP API is, host:port.</summary>
    public string HttpAddress { get; init; } = "";

    /// <summary>Where its gRPC is, host:port.</summary>
    public string GrpcAddress { get; init; } = "";

    /// <summary>Of the program.</summary>
    public string Version { get; init; } = "";
}
