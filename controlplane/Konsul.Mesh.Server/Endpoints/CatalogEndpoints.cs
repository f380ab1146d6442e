using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Registration;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/catalog/*</c>: all nodes and services, as the state machine holds them.</summary>
internal sealed class CatalogEndpoints(ReplicatedState state, BlockingQueries queries, AnswerCache answers, ApiSettings settings) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/catalog/datacenters") { Resource = "node" }.Get(DatacentersAsync),
        new ApiRoute("/v1/catalog/nodes") { Resource = "node" }.Get(NodesAsync),
        new ApiRoute("/v1/catalog/node/", "Missing node name") { Resource = "node" }.Get(NodeAsync),
        new ApiRoute("/v1/catalog/node-services/", "Missing node name") { Resource = "node" }.Get(NodeServicesAsync),
        new ApiRoute("/v1/catalog/services") { Resource = "service", Cacheable = true }.Get(ServicesAsync),
        new ApiRoute("/v1/catalog/service/", "Missing service name") { Resource = "service", Cacheable = true }.Get(c => InstancesAsync(c, InstanceSource.Named)),
        new ApiRoute("/v1/catalog/connect/", "Missing service name") { Resource = "service", Cacheable = true }.Get(c => InstancesAsync(c, InstanceSource.Connect)),
        new ApiRoute("/v1/catalog/register") { Resource = "node" }.Put(RegisterAsync),
        new ApiRoute("/v1/catalog/deregister") { Resource = "node" }.Put(DeregisterAsync),
    ];

    private Task DatacentersAsync(ApiContext context) =>
        context.JsonAsync(w => w.WriteList([settings.Datacenter], static (writer, name) => writer.WriteStringValue(name)));

    private async Task NodesAsync(ApiContext context)
    {
        var filter = InstanceFilter.Parse(context.Query);
        var nodes = await queries.ReadAsync(
            context, [Topic.Nodes],
            view => new Answer<List<Node>>(
                view.Catalog.NodesIndex, [.. Nearness.Sort(context, view, state.NodeName, view.Catalog.Nodes.Where(filter.Takes), static n => n.Name)])).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, nodes, NodeShape.Write, FilterSchemas.Node).ConfigureAwait(false);
    }

    private async Task NodeAsync(ApiContext context)
    {
        var (node, services) = await ReadNodeAsync(context).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            if (node is null)
            {
                w.WriteNullValue();
                return;
            }

            w.WriteStartObject();
            w.WritePropertyName("Node");
            NodeShape.Write(w, node);
            w.WriteStartObject("Services");
            foreach (var service in services)
            {
                w.WritePropertyName(service.Id);
                ServiceShape.WriteOfNode(w, service);
            }

            w.WriteEndObject();
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task NodeServicesAsync(ApiContext context)
    {
        var (node, services) = await ReadNodeAsync(context).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WritePropertyName("Node");
            if (node is null)
                w.WriteNullValue();
            else
                NodeShape.Write(w, node);
            w.WritePropertyName("Services");
            w.WriteList(services, ServiceShape.WriteOfNode);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private Task<(Node? Node, List<ServiceInstance> Services)> ReadNodeAsync(ApiContext context)
    {
        var name = context.Parameter;
        return queries.ReadAsync(context, [Topic.Node(name)], view => new Answer<(Node?, List<ServiceInstance>)>(
            view.Catalog.NodeIndex(name),
            (view.Catalog.Node(name), [.. FilteredReply.Filter(context, view.Catalog.InstancesOn(name), ServiceShape.WriteOfNode, FilterSchemas.OfNode)]),
            Missing: view.Catalog.Node(name) is null));
    }

    private async Task ServicesAsync(ApiContext context)
    {
        var (filter, narrowed) = (InstanceFilter.Parse(context.Query), context.Query.Has("filter") || context.Query.Has("node-meta"));
        var (index, catalog, _) = await queries.RunAsync(
            context, [Topic.Services], view => new Answer<CatalogView>(view.Catalog.ServicesIndex, view.Catalog)).ConfigureAwait(false);
        context.SetReadHeaders(index);
        ReadOnlyMemory<byte> Write() => context.Render(w =>
        {
            w.WriteStartObject();
            foreach (var service in narrowed ? Narrowed(context, catalog, filter) : catalog.Services())
                w.WriteStrings(service.Name, service.Tags);
            w.WriteEndObject();
        });

        // What nodes say of themselves does not move the services' index.
        await context.JsonAsync(narrowed ? Write() : answers.Get(context, index, Write)).ConfigureAwait(false);
    }

    /// <summary>Only what the instances that are taken have; the filter sees them joined with their nodes.</summary>
    private static IEnumerable<ServiceSummary> Narrowed(ApiContext context, CatalogView catalog, InstanceFilter filter) => FilteredReply
        .Filter(context, filter.Apply(catalog, catalog.AllInstances), static (w, e) => ServiceShape.WriteJoined(w, e.Node, e.Service), FilterSchemas.Joined)
        .GroupBy(e => e.Service.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => new ServiceSummary(g.Key, [.. g.SelectMany(e => e.Service.Tags).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], g.Count()));

    private async Task InstancesAsync(ApiContext context, InstanceSource source)
    {
        var (name, filter) = (context.Parameter, InstanceFilter.Parse(context.Query));
        var (index, view, _) = await queries.RunAsync(
            context, source.Topics(name), view => new Answer<State.StateView>(source.Index(view.Catalog, name), view)).ConfigureAwait(false);
        context.SetReadHeaders(index);
        await context.JsonAsync(answers.Get(context, index, () => FilteredReply.Render(
            context, Nearness.Sort(context, view, state.NodeName, filter.Apply(view.Catalog, source.Instances(view.Catalog, name)), static i => i.Node.Name),
            static (w, e) => ServiceShape.WriteJoined(w, e.Node, e.Service), FilterSchemas.Joined))).ConfigureAwait(false);
    }

    private async Task RegisterAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(CatalogBody.Register).ConfigureAwait(false);
        RequireOwn(body.Datacenter);
        if (body.Node.Length == 0 || (body.Address.Length == 0 && !body.SkipNodeUpdate))
            throw ApiException.BadRequest("Must provide node and address");
        if (Names.CheckName(body.Node) is { } wrong)
            throw ApiException.BadRequest($"Invalid node name: Node \"{JsonValues.Shown(body.Node)}\" {wrong}");
        if (body.Id.Length > 0 && !Guid.TryParse(body.Id, out _))
            throw ApiException.BadRequest("Invalid node ID: ID is not a UUID");
        ServiceTranslator.CheckAddress("Address", body.Address);
        ServiceTranslator.CheckMeta("Invalid Node Meta", body.Meta);

        var service = body.Service is null ? null : ServiceTranslator.Translate(body.Service, body.Node);
        await state.ProposeAsync(
            new Register
            {
                Node = new Node
                {
                    Id = body.Id,
                    Name = body.Node,
                    Address = body.Address,
                    Datacenter = settings.Datacenter,
                    TaggedAddresses = body.TaggedAddresses,
                    Meta = body.Meta,
                },
                SkipNodeUpdate = body.SkipNodeUpdate,
                Services = service is null ? [] : [service],
                Checks = [.. body.Checks.Select(c => CheckTranslator.Reported(c, body.Node, service))],
            },
            context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(true).ConfigureAwait(false);
    }

    private async Task DeregisterAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(CatalogBody.Deregister).ConfigureAwait(false);
        RequireOwn(body.Datacenter);
        if (body.Node.Length == 0)
            throw ApiException.BadRequest("Must provide node");
        await state.ProposeAsync(
            new Deregister
            {
                Node = body.Node,
                ServiceIds = body.ServiceId.Length > 0 ? [body.ServiceId] : [],
                CheckIds = body.ServiceId.Length == 0 && body.CheckId.Length > 0 ? [body.CheckId] : [],
            },
            context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(true).ConfigureAwait(false);
    }

    private void RequireOwn(string datacenter)
    {
        if (datacenter.Length > 0 && datacenter != settings.Datacenter)
            throw ApiException.Failed("No path to datacenter");
    }
}
