using System.Collections.Concurrent;
using Google.Protobuf;
using Konsul.Mesh.Discovery.Resources;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.State;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;
using Cluster = Konsul.Mesh.Model.Snapshots.Cluster;
using Endpoint = Konsul.Mesh.Model.Snapshots.Endpoint;
using Route = Konsul.Mesh.Model.Snapshots.Route;
using TrustBundle = Konsul.Mesh.Model.Identity.TrustBundle;

namespace Konsul.Mesh.Discovery.Translation;

/// <summary>
/// The resources that several proxies share, each made and serialised once per index of what it depends on. A memo of pure functions:
/// without it every result is the same, only slower. Any number of threads; two that miss at once make the same bytes twice.
/// </summary>
public sealed class ResourceCache
{
    /// <summary>Past this the cache starts anew, so that services that came and went do not add up.</summary>
    private const int MaxEntries = 50_000;

    private readonly ConcurrentDictionary<(ResourceType Type, string Name), Entry> _entries = new();

    private long _serialised;

    /// <summary>How many resources were serialised so far.</summary>
    public long Serialised => Interlocked.Read(ref _serialised);

    /// <summary>After a restore indexes may mean something else.</summary>
    public void Clear() => _entries.Clear();

    internal EncodedResource Endpoints(StateView view, UpstreamTarget target, string ownDatacenter)
    {
        // Other datacenters' instances are not in this catalog.
        var isOwn = target.Datacenter == ownDatacenter;
        return Get(ResourceType.Endpoints, target.Cluster, isOwn ? EndpointsTranslator.Stamp(view, target.Service) : 0, () =>
        {
            IReadOnlyList<Endpoint> endpoints = isOwn ? EndpointsTranslator.Translate(view, target.Service) : [];
            return EndpointsMapping.ToWire(endpoints);
        });
    }

    internal EncodedResource Cluster(UpstreamTarget target, TrustDomain domain) => Get(ResourceType.Cluster, target.Cluster, (target, domain), () =>
        ClusterMapping.ToWire(new Cluster
        {
            Name = target.Cluster,
            Service = target.Service,
            Datacenter = target.Datacenter,
            Sni = ServiceSni.For(target.Service, Names.DefaultNamespace, target.Datacenter, domain),
            Identity = SpiffeId.ForService(domain, Names.DefaultNamespace, target.Datacenter, target.Service),
            Protocol = target.Protocol,
            ConnectTimeout = TimeSpan.FromMilliseconds(target.ConnectTimeoutMs),
        }));

    internal EncodedResource Route(Route route) => Get(ResourceType.Route, route.Host, route.Cluster, () => RouteMapping.ToWire(route));

    internal EncodedResource Intentions(StateView view, string service, bool defaultAllow) =>
        Get(ResourceType.Intentions, service, (view.Intentions.Index, defaultAllow), () =>
            IntentionsMapping.ToWire(view.Intentions.ForDestination(service), defaultAllow));

    internal EncodedResource TrustBundle(StateView view, TrustDomain domain) =>
        Get(ResourceType.TrustBundle, domain.Name, view.Ca!.Index, () =>
            TrustBundleMapping.ToWire(new TrustBundle(domain, [.. view.Ca.Roots.Select(root => root.Certificate)])));

    private EncodedResource Get(ResourceType type, string name, object stamp, Func<IMessage> make)
    {
        if (_entries.TryGetValue((type, name), out var entry) && entry.Stamp.Equals(stamp))
        {
            return entry.Resource;
        }

        Interlocked.Increment(ref _serialised);
        var made = new EncodedResource(type, name, make());
        var resource = entry?.Resource.Version == made.Version ? entry.Resource : made;
        if (_entries.Count >= MaxEntries)
        {
            _entries.Clear();
        }

        _entries[(type, name)] = new Entry(stamp, resource);
        return resource;
    }

    private sealed record Entry(object Stamp, EncodedResource Resource);
}
