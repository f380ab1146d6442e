using System.Collections.Immutable;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;
using Cluster = Konsul.Mesh.Model.Snapshots.Cluster;
using Endpoint = Konsul.Mesh.Model.Snapshots.Endpoint;
using Route = Konsul.Mesh.Model.Snapshots.Route;
using TrustBundle = Konsul.Mesh.Model.Identity.TrustBundle;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>
/// Resources → snapshot. Make-before-break per resource: a listener or route shows its new form only once its cluster and that cluster's
/// endpoints are known, until then the form it had in the last snapshot; a cluster that was removed stays while something names it.
/// So a half-arrived change never breaks traffic, and never holds back a change of intentions. Parts that did not change are the same objects.
/// </summary>
internal static class SnapshotAssembler
{
    /// <summary>The next snapshot; <paramref name="previous"/> itself when nothing changed or the proxy's own side is not known yet.</summary>
    public static ProxySnapshot Assemble(ProxySnapshot previous, HeldResources held)
    {
        var bundle = held.Models<TrustBundle>(ResourceType.TrustBundle).Select(b => b.Model).FirstOrDefault();
        if (bundle is null
            || !held.TryModel<ListenerResource>(ResourceType.Listener, ResourceNames.Inbound, out var inbound)
            || !held.TryModel<IntentionsResource>(ResourceType.Intentions, inbound.Service, out var intentions))
        {
            return previous;
        }

        var outbound = Outbound(previous, held);
        var routes = Sync(previous.Routes, Routes(previous, held));
        var named = outbound.Select(l => l.Cluster).Concat(routes.Values.Select(r => r.Cluster)).ToHashSet(StringComparer.Ordinal);
        var kept = named.Where(c => !IsKnown(held, c)).ToList();

        var next = previous with
        {
            Service = inbound.Service,
            Inbound = inbound.Inbound == previous.Inbound ? previous.Inbound : inbound.Inbound,
            Outbound = outbound,
            Routes = routes,
            Clusters = Sync(previous.Clusters, held.Models<Cluster>(ResourceType.Cluster)
                .Where(c => IsKnown(held, c.Name)).Concat(kept.Select(c => (c, previous.Clusters[c])))),
            Endpoints = Sync(previous.Endpoints, held.Models<ImmutableArray<Endpoint>>(ResourceType.Endpoints)
                .Where(e => IsKnown(held, e.Name)).Concat(kept.Select(c => (c, previous.Endpoints[c])))),
            Intentions = intentions.Policy,
            TrustBundle = bundle,
        };
        return IsSame(previous, next) ? previous : next with { Version = previous.Version + 1 };
    }

    private static bool IsKnown(HeldResources held, string cluster) =>
        held.Of(ResourceType.Cluster).ContainsKey(cluster) && held.Of(ResourceType.Endpoints).ContainsKey(cluster);

    private static ImmutableArray<OutboundListener> Outbound(ProxySnapshot previous, HeldResources held)
    {
        var before = previous.Outbound.ToDictionary(l => l.Name, StringComparer.Ordinal);
        var next = ImmutableArray.CreateBuilder<OutboundListener>();
        foreach (var (name, resource) in held.Models<ListenerResource>(ResourceType.Listener))
        {
            var old = before.GetValueOrDefault(name);
            if (resource.Outbound is { } listener && (IsKnown(held, listener.Cluster) ? listener : old) is { } shown)
            {
                next.Add(shown == old ? old : shown);
            }
        }

        return next.SequenceEqual(previous.Outbound) ? previous.Outbound : next.ToImmutable();
    }

    private static IEnumerable<(string Name, Route Route)> Routes(ProxySnapshot previous, HeldResources held)
    {
        foreach (var (name, route) in held.Models<Route>(ResourceType.Route))
        {
            if ((IsKnown(held, route.Cluster) ? route : previous.Routes.GetValueOrDefault(name)) is { } shown)
            {
                yield return (name, shown);
            }
        }
    }

    private static ImmutableDictionary<string, T> Sync<T>(ImmutableDictionary<string, T> previous, IEnumerable<(string Name, T Value)> wanted)
    {
        var next = previous.ToBuilder();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in wanted)
        {
            names.Add(name);
            if (!previous.TryGetValue(name, out var old) || !EqualityComparer<T>.Default.Equals(old, value))
            {
                next[name] = value;
            }
        }

        next.RemoveRange(previous.Keys.Where(name => !names.Contains(name)));
        return next.ToImmutable();
    }

    private static bool IsSame(ProxySnapshot a, ProxySnapshot b) =>
        a.Version > 0 && a.Service == b.Service && ReferenceEquals(a.Inbound, b.Inbound) && a.Outbound == b.Outbound
        && ReferenceEquals(a.Routes, b.Routes) && ReferenceEquals(a.Clusters, b.Clusters) && ReferenceEquals(a.Endpoints, b.Endpoints)
        && ReferenceEquals(a.Intentions, b.Intentions) && ReferenceEquals(a.TrustBundle, b.TrustBundle);
}
