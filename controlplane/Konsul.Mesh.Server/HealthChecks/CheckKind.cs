using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>The words of <see cref="HealthCheck.Type"/>.</summary>
internal static class CheckKind
{
    public const string Http = "http";
    public const string Tcp = "tcp";
    public const string Udp = "udp";
    public const string Grpc = "grpc";
    public const string H2Ping = "h2ping";
    public const string Script = "script";
    public const string Ttl = "ttl";
    public const string Alias = "alias";

    /// <summary>Somebody took the node or the service out by hand.</summary>
    public const string Maintenance = "maintenance";

    /// <summary>Whether a sidecar holds its discovery stream; the leader says so.</summary>
    public const string Sidecar = LivenessChecks.SidecarType;
}
