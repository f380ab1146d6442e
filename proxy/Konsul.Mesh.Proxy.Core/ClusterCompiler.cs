using System.Collections.Immutable;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.Outbound;

namespace Konsul.Mesh.Proxy.Core;

/// <summary>From the clusters of one snapshot to those of the next: what did not change is not touched, and costs a reference comparison.</summary>
internal sealed class ClusterCompiler(EngineContext engine, MeshDialer dialer)
{
    public ImmutableDictionary<string, ClusterState> Next(EngineModel old, ProxySnapshot next)
    {
        if (ReferenceEquals(old.Snapshot.Clusters, next.Clusters))
        {
            return old.Clusters;
        }

        var clusters = old.Clusters.ToBuilder();
        foreach (var (name, config) in next.Clusters)
        {
            if (!clusters.ContainsKey(name))
            {
                clusters[name] = new ClusterState(engine, dialer, next.Service, config);
            }
        }

        clusters.RemoveRange(old.Clusters.Keys.Where(name => !next.Clusters.ContainsKey(name)));
        return clusters.ToImmutable();
    }

    /// <summary>Brings the live objects up to date, once the snapshot is accepted.</summary>
    public static void Update(ImmutableDictionary<string, ClusterState> clusters, EngineModel old, ProxySnapshot next)
    {
        if (ReferenceEquals(old.Snapshot.Clusters, next.Clusters) && ReferenceEquals(old.Snapshot.Endpoints, next.Endpoints))
        {
            return;
        }

        foreach (var (name, state) in clusters)
        {
            var endpoints = next.Endpoints.GetValueOrDefault(name);
            state.Update(next.Clusters[name], endpoints.IsDefault ? [] : endpoints);
        }

        foreach (var (name, state) in old.Clusters)
        {
            if (!clusters.ContainsKey(name))
            {
                state.Retire();
            }
        }
    }
}
