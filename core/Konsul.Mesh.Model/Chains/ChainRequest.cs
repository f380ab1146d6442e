namespace Konsul.Mesh.Model.Chains;

/// <summary>What a chain is compiled for.</summary>
public sealed record ChainRequest
{
    public required string Service { get; init; }

    /// <summary>The caller's own.</summary>
    public required string Datacenter { get; init; }

    /// <summary>Ends every server name.</summary>
    public string TrustDomain { get; init; } = "";

    /// <summary>What the caller speaks instead of the services' protocol; empty for theirs.</summary>
    public string OverrideProtocol { get; init; } = "";

    /// <summary>Zero for the resolvers'.</summary>
    public TimeSpan OverrideConnectTimeout { get; init; }

    /// <summary>Empty for the services'.</summary>
    public string OverrideMeshGateway { get; init; } = "";
}
