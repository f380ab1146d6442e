namespace Konsul.Mesh.Server.Http;

/// <summary>What the request discipline must know of the server.</summary>
/// <param name="Datacenter">The only datacenter that is answered for.</param>
/// <param name="ManagementToken">The token that everything but probes needs; null while ACLs are off.</param>
internal sealed record ApiSettings(string Datacenter, string? ManagementToken)
{
    /// <summary>Those of this server itself.</summary>
    public AgentTokens Tokens { get; } = new();

    /// <summary>What X-Consul-Default-ACL-Policy says.</summary>
    public string DefaultAclPolicy => ManagementToken is null ? "allow" : "deny";
}
