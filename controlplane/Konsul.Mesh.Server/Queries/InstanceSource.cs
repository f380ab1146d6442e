using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Queries;

/// <summary>The three questions that a service's name answers: its instances, what accepts mTLS for it, and which gateways let others in to it.</summary>
internal abstract record InstanceSource
{
    public static InstanceSource Named { get; } = new NamedSource();

    public static InstanceSource Connect { get; } = new ConnectSource();

    public static InstanceSource Ingress { get; } = new IngressSource();

    public abstract IReadOnlyList<Topic> Topics(string name);

    public abstract IEnumerable<ServiceInstance> Instances(CatalogView catalog, string name);

    public abstract ulong Index(CatalogView catalog, string name);

    private sealed record NamedSource : InstanceSource
    {
        public override IReadOnlyList<Topic> Topics(string name) => [Topic.Service(name)];

        public override IEnumerable<ServiceInstance> Instances(CatalogView catalog, string name) => catalog.Instances(name);

        public override ulong Index(CatalogView catalog, string name) => catalog.ServiceIndex(name);
    }

    private sealed record ConnectSource : InstanceSource
    {
        public override IReadOnlyList<Topic> Topics(string name) => [Topic.Connect(name)];

        public override IEnumerable<ServiceInstance> Instances(CatalogView catalog, string name) => catalog.ConnectInstances(name);

        public override ulong Index(CatalogView catalog, string name) => catalog.ConnectIndex(name);
    }

    /// <summary>Ingress gateways whose registration has the service among its upstreams. There are few gateways and fewer such questions, so they watch
    /// all services and checks.</summary>
    private sealed record IngressSource : InstanceSource
    {
        public override IReadOnlyList<Topic> Topics(string name) => [Topic.Services, Topic.Checks, Topic.Nodes];

        public override IEnumerable<ServiceInstance> Instances(CatalogView catalog, string name) => catalog.AllInstances
            .Where(i => i is { Kind: ServiceKind.IngressGateway, Proxy: { } proxy } && proxy.Upstreams.Any(u => u.DestinationName == name));

        public override ulong Index(CatalogView catalog, string name) => Math.Max(Math.Max(catalog.ServicesIndex, catalog.ChecksIndex), catalog.NodesIndex);
    }
}
