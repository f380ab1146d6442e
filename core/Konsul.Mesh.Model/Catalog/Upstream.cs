namespace Konsul.Mesh.Model.Catalog;

/// <summary>A service that a workload calls, and the local port on which its sidecar offers it.</summary>
public sealed record Upstream
{
    public required string DestinationName { get; init; }

    /// <summary>Empty means the proxy's own datacenter.</summary>
    public string Datacenter { get; init; } = "";

    public string LocalBindAddress { get; init; } = "127.0.0.1";

    public required int LocalBindPort { get; init; }

    public ServiceProtocol Protocol { get; init; }

    /// <summary>Time to open a connection to an instance, milliseconds.</summary>
    public int ConnectTimeoutMs { get; init; } = 5000;
}
