using Konsul.Mesh.Model.Snapshots;

namespace Konsul.Mesh.Discovery.Translation;

/// <summary>The hosts under which the by-host listener offers an upstream.</summary>
internal static class RouteTranslator
{
    public static IEnumerable<Route> Translate(UpstreamTarget target, string ownDatacenter)
    {
        var service = target.Service.ToLowerInvariant();
        var datacenter = target.Datacenter.ToLowerInvariant();
        string[] hosts = target.Datacenter == ownDatacenter
            ? [service, $"{service}.service.konsul", $"{service}.service.consul", $"{service}.virtual.konsul"]
            : [$"{service}.service.{datacenter}.konsul", $"{service}.service.{datacenter}.consul"];
        return hosts.Select(host => new Route(host, target.Cluster));
    }
}
