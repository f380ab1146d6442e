namespace Konsul.Mesh.Dns.Naming;

/// <summary>A name taken apart, in lower case.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Name">Of the service, node, query, or the address in hexadecimal.</param>
/// <param name="Tag">Only instances with it; empty for all.</param>
internal readonly record struct ParsedName(NameKind Kind, string Name = "", string Tag = "")
{
    /// <summary>Empty for the server's own. May also be a peer: the short form does not tell.</summary>
    public string? Datacenter { get; init; }

    public string? Peer { get; init; }

    public string? Namespace { get; init; }

    public string? Partition { get; init; }
}
