namespace Konsul.Mesh.Dns.Naming;

/// <summary>What a name below a zone asks for.</summary>
internal enum NameKind
{
    /// <summary>Nothing that could ever be there.</summary>
    None,

    /// <summary>The zone itself.</summary>
    Apex,

    /// <summary>The name that the zone's SOA gives as its server.</summary>
    NameServer,

    /// <summary>Nothing itself, but names exist below it: NODATA, since NXDOMAIN would deny those too (RFC 8020).</summary>
    Branch,
    Service,
    Connect,
    Ingress,
    Virtual,
    Node,
    Query,
    Address,
}
