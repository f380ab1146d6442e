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
internal sealed class CatalogEndpoints(ReplicatedState state, BlockingQueries queries, ApiSettings settings) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/catalog/datacenters") { Resource = "node" }.Get(DatacentersAsync),
        new ApiRoute("/v1/catalog/nodes") { Resource = "node" }.Get(NodesAsync),
        new ApiRoute("/v1/catalog/node/", "Missing node name") { Resource = "node" }.Get(NodeAsync),
        new ApiRoute("/v1/catalog/node-services/", "Missing node name") { Resource = "node" }.Get(NodeServicesAsync),
        new ApiRoute("/v1/catalog/services") { Resource = "service" }.Get(ServicesAsync),
        new ApiRoute("/v1/catalog/service/", "Missing service name") { Resource = "service" }.Get(c => InstancesAsync(c, connect: false)),
        new ApiRoute("/v1/catalog/connect/", "Missing service name") { Resource = "service" }.Get(c => InstancesAsync(c, connect: true)),
        new ApiRoute("/v1/catalog/register") { Resource = "node" }.Put(RegisterAsync),
        new ApiRoute("/v1/catalog/deregister") { Resource = "node" }.Put(DeregisterAsync),
    ];

    private Task DatacentersAsync(ApiContext context) =>
        context.JsonAsync(w => w.WriteList([settings.Datacenter], static (writer, name) => writer.WriteStringValue(name)));

    private async Task NodesAsync(ApiContext context)
    {
        var filter = InstanceFilter.Parse(context.Query);
        var nodes = await queries.ReadAsync(
            context, [Topic.Nodes], view => new Answer<List<Node>>(view.Catalog.NodesIndex, [.. view.Catalog.Nodes.Where(filter.Takes)])).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, nodes, NodeShape.Write).ConfigureAwait(false);
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
        FilteredReply.RefuseFilter(context);
        var name = context.Parameter;
        return queries.ReadAsync(context, [Topic.Node(name)], view => new Answer<(Node?, List<ServiceInstance>)>(
            view.Catalog.NodeIndex(name), (view.Catalog.Node(name), [.. view.Catalog.InstancesOn(name)]), Missing: view.Catalog.Node(name) is null));
    }

    private async Task ServicesAsync(ApiContext context)
    {
        FilteredReply.RefuseFilter(context);
        var services = await queries.ReadAsync(context, [Topic.Services], view =>
            new Answer<List<ServiceSummary>>(view.Catalog.ServicesIndex, [.. view.Catalog.Services()])).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            foreach (var service in services)
                w.WriteStrings(service.Name, service.Tags);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task InstancesAsync(ApiContext context, bool connect)
    {
        var (name, filter) = (context.Parameter, InstanceFilter.Parse(context.Query));
        var entries = await queries.ReadAsync(context, [connect ? Topic.Connect(name) : Topic.Service(name)], view =>
        {
            var catalog = view.Catalog;
            var index = connect ? catalog.ConnectIndex(name) : catalog.ServiceIndex(name);
            return new Answer<List<InstanceOnNode>>(index, [.. filter.Apply(catalog, connect ? catalog.ConnectInstances(name) : catalog.Instances(name))]);
        }).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, entries, static (w, e) => ServiceShape.WriteJoined(w, e.Node, e.Service)).ConfigureAwait(false);
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
