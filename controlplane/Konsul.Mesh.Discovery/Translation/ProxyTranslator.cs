using Konsul.Mesh.Discovery.Resources;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Translation;

/// <summary>The state → all that one proxy should have, and what that depends on. Pure: the cache only saves work.</summary>
public static class ProxyTranslator
{
    /// <summary>Null while the proxy is not registered as a sidecar or there is no CA; wait for <see cref="RegistrationTopics"/> then.</summary>
    public static ProxyTranslation? Translate(StateView view, string node, string proxyId, DiscoveryOptions options, ResourceCache cache)
    {
        if (view.Ca is not { } ca || view.Catalog.Instance(node, proxyId) is not { Kind: ServiceKind.ConnectProxy, Proxy: { } proxy } sidecar)
        {
            return null;
        }

        var domain = TrustDomain.ForCluster(ca.ClusterId);
        var service = proxy.DestinationServiceName;
        var resources = new Dictionary<(ResourceType, string), EncodedResource>();
        var topics = new HashSet<Topic>(RegistrationTopics(node, proxyId))
        {
            Topic.IntentionsFor(service), Topic.Proxy(node, proxy.DestinationServiceId),
        };

        void Add(EncodedResource resource) => resources.TryAdd((resource.Type, resource.Name), resource);

        Add(cache.TrustBundle(view, domain));
        Add(cache.Intentions(view, service, options.DefaultAllow));
        if (ListenerTranslator.Inbound(view, sidecar, proxy) is { } inbound)
        {
            Add(new EncodedResource(ResourceType.Listener, ResourceNames.Inbound, ListenerMapping.ToWire(inbound, service)));
        }

        foreach (var upstream in proxy.Upstreams.Where(UpstreamTarget.IsUsable))
        {
            var target = UpstreamTarget.Of(upstream, view, options.Datacenter);
            var listener = ListenerTranslator.Outbound(upstream, target);
            Add(new EncodedResource(ResourceType.Listener, listener.Name, ListenerMapping.ToWire(listener)));
            Add(cache.Cluster(target, domain));
            Add(cache.Endpoints(view, target, options.Datacenter));
            topics.UnionWith(target.Datacenter == options.Datacenter ? EndpointsTranslator.Topics(target.Service) : []);
            foreach (var route in RouteTranslator.Translate(target, options.Datacenter))
            {
                Add(cache.Route(route));
            }
        }

        return new ProxyTranslation(service, new ResourceSet(resources.Values), topics);
    }

    public static IEnumerable<Topic> RegistrationTopics(string node, string proxyId) => [Topic.Proxy(node, proxyId), Topic.CaRoots];
}
