using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>The check that takes a node or a service out by hand; its ids are what Consul's clients look for.</summary>
internal static class MaintenanceCheck
{
    public const string NodeId = "_node_maintenance";
    private const string ServicePrefix = "_service_maintenance:";

    public static string IdOf(string serviceId) => serviceId.Length == 0 ? NodeId : ServicePrefix + serviceId;

    public static bool Is(string checkId) => checkId == NodeId || checkId.StartsWith(ServicePrefix, StringComparison.Ordinal);

    /// <param name="node">The node.</param>
    /// <param name="serviceId">Empty: the whole node.</param>
    /// <param name="reason">What people shall read; may be empty.</param>
    public static HealthCheck Of(string node, string serviceId, string reason)
    {
        var (what, who) = serviceId.Length == 0 ? ("Node", "node") : ("Service", "service");
        return new HealthCheck
        {
            Node = node,
            CheckId = IdOf(serviceId),
            Name = $"{what} Maintenance Mode",
            Notes = reason.Length > 0 ? reason : $"Maintenance mode is enabled for this {who}, but no reason was provided. This is a default message.",
            Status = CheckStatus.Critical,
            Type = CheckKind.Maintenance,
            ServiceId = serviceId,
        };
    }
}
