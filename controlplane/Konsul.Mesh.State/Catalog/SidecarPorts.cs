using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.State.Catalog;

/// <summary>
/// The ports of sidecars that were registered with port 0: the lowest one of the range that nothing on the node has. Decided inside Apply,
/// where commands stand in one order, so that two registrations at once cannot get the same.
/// </summary>
public static class SidecarPorts
{
    public const int First = 21000;
    public const int Last = 21255;

    /// <returns>The services with their ports, and those allotted; null when the range is used up.</returns>
    internal static (ImmutableArray<ServiceInstance> Services, ImmutableArray<AllottedPort> Ports)? Allot(
        CatalogTables tables, string node, ImmutableArray<ServiceInstance> services)
    {
        if (!services.Any(WantsPort))
        {
            return (services, []);
        }

        var replaced = services.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        var taken = new CatalogView(tables).InstancesOn(node).Where(i => !replaced.Contains(i.Id)).Concat(services).Select(i => i.Port).ToHashSet();
        var result = services.ToBuilder();
        var ports = ImmutableArray.CreateBuilder<AllottedPort>();

        // Those that have one keep it before new ones are given out.
        foreach (var keeps in new[] { true, false })
        {
            for (var i = 0; i < result.Count; i++)
            {
                if (!WantsPort(result[i]) || (keeps && Held(tables, result[i], taken) == 0))
                {
                    continue;
                }

                var port = keeps ? Held(tables, result[i], taken) : Enumerable.Range(First, Last - First + 1).FirstOrDefault(p => !taken.Contains(p));
                if (port == 0)
                {
                    return null;
                }

                taken.Add(port);
                result[i] = result[i] with { Port = port };
            }
        }

        for (var i = 0; i < services.Length; i++)
        {
            if (WantsPort(services[i]))
            {
                ports.Add(new AllottedPort(node, result[i].Id, result[i].Port));
            }
        }

        return (result.ToImmutable(), ports.ToImmutable());
    }

    private static bool WantsPort(ServiceInstance service) => service is { Kind: ServiceKind.ConnectProxy, Port: 0 };

    private static int Held(CatalogTables tables, ServiceInstance service, HashSet<int> taken) =>
        tables.Instances.TryGetValue(new(service.Node, service.Id), out var old) && old.Kind == ServiceKind.ConnectProxy && !taken.Contains(old.Port)
            ? old.Port
            : 0;
}
