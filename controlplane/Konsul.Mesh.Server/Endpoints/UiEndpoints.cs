using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Filtering;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/internal/ui/*</c>: summaries that Consul's web UI, and others since, ask for.</summary>
internal sealed class UiEndpoints(BlockingQueries queries, ApiSettings settings) : IEndpoints
{
    private readonly FilterSchema _services = FilterSchemas.Joined;

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/internal/ui/services") { Resource = "service" }.Get(ServicesAsync),
        new ApiRoute("/v1/internal/ui/nodes") { Resource = "node" }.Get(NodesAsync),
        new ApiRoute("/v1/internal/ui/node/", "Missing node name") { Resource = "node" }.Get(NodeAsync),
        new ApiRoute("/v1/internal/ui/catalog-overview") { Resource = "operator" }.Get(OverviewAsync),
    ];

    private async Task ServicesAsync(ApiContext context)
    {
        var filter = InstanceFilter.Parse(context.Query);
        var summaries = await queries.ReadAsync(context, [Topic.Services, Topic.Checks, Topic.Nodes], view => new Answer<List<ServiceOverview>>(
            IndexOf(view.Catalog),
            [
                .. FilteredReply.Filter(
                        context, filter.Apply(view.Catalog, view.Catalog.AllInstances), static (w, e) => ServiceShape.WriteJoined(w, e.Node, e.Service), _services)
                    .GroupBy(e => e.Service.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => ServiceOverview.Of(view.Catalog, settings.Datacenter, g.Key, [.. g.Select(e => e.Service)])),
            ])).ConfigureAwait(false);
        await context.JsonAsync(w => w.WriteList(summaries, ServiceOverviewShape.Write)).ConfigureAwait(false);
    }

    private async Task NodesAsync(ApiContext context)
    {
        var filter = InstanceFilter.Parse(context.Query);
        var (view, nodes) = await queries.ReadAsync(context, [Topic.Services, Topic.Checks, Topic.Nodes], view => new Answer<(CatalogView, List<Node>)>(
            IndexOf(view.Catalog), (view.Catalog, [.. view.Catalog.Nodes.Where(filter.Takes)]))).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, nodes, (w, n) => WriteNode(w, view, n)).ConfigureAwait(false);
    }

    /// <summary>A node that is unknown is null, as in Consul.</summary>
    private async Task NodeAsync(ApiContext context)
    {
        var name = context.Parameter;
        var (view, node) = await queries.ReadAsync(context, [Topic.Node(name)], view => new Answer<(CatalogView, Node?)>(
            view.Catalog.NodeIndex(name), (view.Catalog, view.Catalog.Node(name)), Missing: view.Catalog.Node(name) is null)).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            if (node is null)
                w.WriteNullValue();
            else
                WriteNode(w, view, node);
        }).ConfigureAwait(false);
    }

    private async Task OverviewAsync(ApiContext context)
    {
        var catalog = await queries.ReadAsync(
            context, [Topic.Services, Topic.Checks, Topic.Nodes], view => new Answer<CatalogView>(IndexOf(view.Catalog), view.Catalog)).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            Tally.Write(w, "Nodes", catalog.Nodes.Select(n => catalog.StatusOf(n.Name, "")));
            Tally.Write(w, "Services", catalog.AllInstances.Select(i => catalog.StatusOf(i.Node, i.Id)));
            Tally.Write(w, "Checks", catalog.AllChecks.Select(c => c.Status));
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static ulong IndexOf(CatalogView catalog) => Math.Max(Math.Max(catalog.ServicesIndex, catalog.ChecksIndex), catalog.NodesIndex);

    private static void WriteNode(Utf8JsonWriter w, CatalogView catalog, Node node)
    {
        w.WriteStartObject();
        w.WriteString("ID", node.Id);
        w.WriteString("Node", node.Name);
        w.WriteString("Address", node.Address);
        w.WriteString("Datacenter", node.Datacenter);
        w.WriteMap("TaggedAddresses", node.TaggedAddresses);
        w.WriteMap("Meta", node.Meta);
        w.WritePropertyName("Services");
        w.WriteList(catalog.InstancesOn(node.Name), ServiceShape.WriteOfNode);
        w.WritePropertyName("Checks");
        w.WriteList(catalog.Checks(node.Name), CheckShape.Write);
        w.WriteEndObject();
    }

    /// <summary>How many of something pass, warn and fail.</summary>
    private static class Tally
    {
        public static void Write(Utf8JsonWriter w, string name, IEnumerable<CheckStatus> all)
        {
            var counts = all.CountBy(s => s).ToDictionary();
            w.WriteStartArray(name);
            w.WriteStartObject();
            w.WriteNumber("Total", counts.Values.Sum());
            w.WriteNumber("Passing", counts.GetValueOrDefault(CheckStatus.Passing));
            w.WriteNumber("Warning", counts.GetValueOrDefault(CheckStatus.Warning));
            w.WriteNumber("Critical", counts.GetValueOrDefault(CheckStatus.Critical));
            w.WriteEndObject();
            w.WriteEndArray();
        }
    }
}
