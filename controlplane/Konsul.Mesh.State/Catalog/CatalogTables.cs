using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Catalog;

/// <summary>
/// Invariants: every instance and check has its node; every check with a service id has its instance and carries its name and tags;
/// the maps by service, destination and checked service hold the same values as the primary ones; a service is in
/// <see cref="ServiceIndexes"/> (a destination in <see cref="ConnectIndexes"/>) exactly while it has instances.
/// </summary>
internal sealed record CatalogTables
{
    public static CatalogTables Empty { get; } = new();

    public PersistentMap<string, Node> Nodes { get; init; } = PersistentMap<string, Node>.Empty(StringComparer.Ordinal);

    /// <summary>(node, id)</summary>
    public PersistentMap<CompositeKey, ServiceInstance> Instances { get; init; } =
        PersistentMap<CompositeKey, ServiceInstance>.Empty(CompositeKey.Order);

    /// <summary>(service, node, id)</summary>
    public PersistentMap<CompositeKey, ServiceInstance> ByService { get; init; } =
        PersistentMap<CompositeKey, ServiceInstance>.Empty(CompositeKey.Order);

    /// <summary>(service stood for, node, id)</summary>
    public PersistentMap<CompositeKey, ServiceInstance> ByDestination { get; init; } =
        PersistentMap<CompositeKey, ServiceInstance>.Empty(CompositeKey.Order);

    /// <summary>(node, check id)</summary>
    public PersistentMap<CompositeKey, HealthCheck> Checks { get; init; } =
        PersistentMap<CompositeKey, HealthCheck>.Empty(CompositeKey.Order);

    /// <summary>(node, service id or "", check id)</summary>
    public PersistentMap<CompositeKey, HealthCheck> ChecksByInstance { get; init; } =
        PersistentMap<CompositeKey, HealthCheck>.Empty(CompositeKey.Order);

    public PersistentMap<string, ulong> ServiceIndexes { get; init; } = PersistentMap<string, ulong>.Empty(StringComparer.Ordinal);

    public PersistentMap<string, ulong> ConnectIndexes { get; init; } = PersistentMap<string, ulong>.Empty(StringComparer.Ordinal);

    /// <summary>When anything on a node last changed.</summary>
    public PersistentMap<string, ulong> NodeIndexes { get; init; } = PersistentMap<string, ulong>.Empty(StringComparer.Ordinal);

    public ulong NodesIndex { get; init; }

    public ulong ServicesIndex { get; init; }

    public ulong ChecksIndex { get; init; }

    /// <summary>When a service last lost its last instance; what a watcher of one without instances compares with.</summary>
    public ulong ExtinctionIndex { get; init; }

    public ulong ConnectExtinctionIndex { get; init; }
}
