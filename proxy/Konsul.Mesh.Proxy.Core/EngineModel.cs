using System.Collections.Immutable;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.Listeners;
using Konsul.Mesh.Proxy.Core.Outbound;

namespace Konsul.Mesh.Proxy.Core;

/// <summary>What an engine runs on: a snapshot and the live objects that stand for its parts. Published by one reference swap.</summary>
internal sealed record EngineModel(
    ProxySnapshot Snapshot, ImmutableDictionary<string, ClusterState> Clusters, ImmutableDictionary<string, ListenerState> Listeners)
{
    public static EngineModel Empty { get; } = new(
        ProxySnapshot.Empty, ImmutableDictionary<string, ClusterState>.Empty, ImmutableDictionary<string, ListenerState>.Empty);

    /// <param name="host">Normalised.</param>
    public ClusterState? Route(string host) =>
        Snapshot.Routes.TryGetValue(host, out var route) && Clusters.TryGetValue(route.Cluster, out var cluster) ? cluster : null;
}
