using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Catalog;

/// <summary>Nodes, instances and checks as of one index. Lists come sorted by (name, node, id); indexes are at least 1.</summary>
public sealed class CatalogView
{
    private readonly CatalogTables _tables;

    internal CatalogView(CatalogTables tables) => _tables = tables;

    internal CatalogTables Tables => _tables;

    public int NodeCount => _tables.Nodes.Count;

    public int InstanceCount => _tables.Instances.Count;

    public IEnumerable<Node> Nodes => _tables.Nodes.Select(e => e.Value);

    public IEnumerable<ServiceInstance> AllInstances => _tables.Instances.Select(e => e.Value);

    public IEnumerable<HealthCheck> AllChecks => _tables.Checks.Select(e => e.Value);

    /// <summary>The index of the list of nodes.</summary>
    public ulong NodesIndex => Read(_tables.NodesIndex);

    /// <summary>The index of the list of services; checks do not move it.</summary>
    public ulong ServicesIndex => Read(_tables.ServicesIndex);

    /// <summary>The index of all checks.</summary>
    public ulong ChecksIndex => Read(_tables.ChecksIndex);

    public Node? Node(string name) => _tables.Nodes.GetValueOrDefault(name);

    public ServiceInstance? Instance(string node, string id) => _tables.Instances.GetValueOrDefault(new(node, id));

    public HealthCheck? Check(string node, string checkId) => _tables.Checks.GetValueOrDefault(new(node, checkId));

    public bool HasService(string name) => _tables.ServiceIndexes.ContainsKey(name);

    public IEnumerable<string> ServiceNames => _tables.ServiceIndexes.Select(e => e.Key);

    /// <summary>Every service that has an instance, sidecars included.</summary>
    public IEnumerable<ServiceSummary> Services()
    {
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        var (name, count) = ("", 0);
        foreach (var (key, instance) in _tables.ByService)
        {
            if (count > 0 && name != key.First)
            {
                yield return new ServiceSummary(name, [.. tags], count);
                tags.Clear();
                count = 0;
            }

            (name, count) = (key.First, count + 1);
            tags.UnionWith(instance.Tags);
        }

        if (count > 0)
        {
            yield return new ServiceSummary(name, [.. tags], count);
        }
    }

    public IEnumerable<ServiceInstance> Instances(string serviceName) => Under(_tables.ByService, serviceName);

    /// <summary>What accepts mTLS for a service: sidecars whose destination it is, and instances that speak mTLS themselves.</summary>
    public IEnumerable<ServiceInstance> ConnectInstances(string serviceName) => Under(_tables.ByDestination, serviceName);

    public IEnumerable<ServiceInstance> InstancesOn(string node) => Under(_tables.Instances, node);

    /// <summary>All checks on a node, its own and its services'.</summary>
    public IEnumerable<HealthCheck> Checks(string node) => Under(_tables.Checks, node);

    /// <summary>The checks that decide about an instance: its node's own, then those of the instance.</summary>
    public ImmutableArray<HealthCheck> ChecksOf(string node, string serviceId) =>
        [.. ChecksOnly(node, ""), .. serviceId.Length == 0 ? [] : ChecksOnly(node, serviceId)];

    /// <summary>The checks of a service: those of its instances without the node-level ones.</summary>
    public IEnumerable<HealthCheck> ServiceChecks(string serviceName) =>
        Instances(serviceName).SelectMany(i => ChecksOnly(i.Node, i.Id));

    /// <summary>The worst of <see cref="ChecksOf"/>; passing when there are none.</summary>
    public CheckStatus StatusOf(string node, string serviceId)
    {
        var worst = CheckStatus.Passing;
        foreach (var check in ChecksOf(node, serviceId))
        {
            worst = check.Status > worst ? check.Status : worst;
        }

        return worst;
    }

    /// <summary>
    /// When the instances of a service, their checks or nodes last changed; for one without instances, when any service lost its last.
    /// </summary>
    public ulong ServiceIndex(string name) => Read(_tables.ServiceIndexes.TryGetValue(name, out var index) ? index : _tables.ExtinctionIndex);

    /// <summary>The same for <see cref="ConnectInstances"/>.</summary>
    public ulong ConnectIndex(string serviceName) =>
        Read(_tables.ConnectIndexes.TryGetValue(serviceName, out var index) ? index : _tables.ConnectExtinctionIndex);

    /// <summary>When a node or anything on it last changed; for an unknown one, the index of the list of nodes.</summary>
    public ulong NodeIndex(string name) => Read(_tables.NodeIndexes.TryGetValue(name, out var index) ? index : _tables.NodesIndex);

    internal IEnumerable<HealthCheck> ChecksOnly(string node, string serviceId) =>
        _tables.ChecksByInstance.From(new(node, serviceId))
            .TakeWhile(e => e.Key.First == node && e.Key.Second == serviceId)
            .Select(e => e.Value);

    private static IEnumerable<T> Under<T>(PersistentMap<CompositeKey, T> map, string first) =>
        map.From(new(first, "")).TakeWhile(e => e.Key.First == first).Select(e => e.Value);

    private static ulong Read(ulong index) => Math.Max(index, 1);
}
