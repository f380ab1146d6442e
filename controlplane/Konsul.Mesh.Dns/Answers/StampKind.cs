namespace Konsul.Mesh.Dns.Answers;

/// <summary>What an answer depends on.</summary>
internal enum StampKind
{
    Nothing,

    /// <summary>A service that has instances, their checks and nodes.</summary>
    Service,

    /// <summary>What accepts mTLS for a service.</summary>
    Connect,
    Node,

    /// <summary>Which nodes and instances there are.</summary>
    Catalog,

    /// <summary>The whole state.</summary>
    Everything,
}
