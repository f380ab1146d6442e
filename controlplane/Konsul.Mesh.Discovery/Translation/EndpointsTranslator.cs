using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.Wire.Mapping;

namespace Konsul.Mesh.Discovery.Translation;

/// <summary>Which instances of a service may get traffic: what accepts mTLS for it, and none of whose checks is critical.</summary>
internal static class EndpointsTranslator
{
    /// <summary>What the result depends on.</summary>
    public static IEnumerable<Topic> Topics(string service) => [Topic.Connect(service), Topic.Service(service)];

    /// <summary>Equal stamps, equal result. The app's instances count too: a sidecar is only as healthy as what it stands for.</summary>
    public static ulong Stamp(StateView view, string service) =>
        Math.Max(view.Catalog.ConnectIndex(service), view.Catalog.ServiceIndex(service));

    public static IReadOnlyList<Endpoint> Translate(StateView view, string service)
    {
        var endpoints = new List<Endpoint>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var instance in view.Catalog.ConnectInstances(service))
        {
            var destination = instance.Proxy?.DestinationServiceId ?? "";
            var status = Status(view.Catalog, instance, destination);
            var weight = status == CheckStatus.Passing ? instance.PassingWeight : instance.WarningWeight;
            var address = instance.Address.Length > 0 ? instance.Address : view.Catalog.Node(instance.Node)?.Address ?? "";
            if (status == CheckStatus.Critical || weight < 1 || address.Length == 0 || instance.Port == 0)
            {
                continue;
            }

            var id = $"{instance.Node}/{destination}";
            if (destination.Length == 0 || !ids.Add(id))
            {
                id = $"{instance.Node}/{instance.Id}";
                ids.Add(id);
            }

            endpoints.Add(new Endpoint(id, address, instance.Port, Math.Min(weight, EndpointsMapping.MaxWeight)));
        }

        endpoints.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        return endpoints;
    }

    private static CheckStatus Status(CatalogView catalog, ServiceInstance instance, string destination)
    {
        var checks = catalog.ChecksOf(instance.Node, instance.Id);

        // A sidecar that holds a stream is there, whatever became of the server through which it was registered.
        var isKnown = checks.Any(c => c.Type == LivenessChecks.SidecarType);
        var own = Worst(checks, isKnown);
        if (destination.Length == 0 || own == CheckStatus.Critical)
        {
            return own;
        }

        var app = Worst(catalog.ChecksOf(instance.Node, destination), isKnown);
        return app > own ? app : own;
    }

    private static CheckStatus Worst(IEnumerable<HealthCheck> checks, bool withoutNodeLiveness) => checks
        .Where(c => !withoutNodeLiveness || c.CheckId != LivenessChecks.NodeCheckId).Select(c => c.Status).DefaultIfEmpty(CheckStatus.Passing).Max();
}
