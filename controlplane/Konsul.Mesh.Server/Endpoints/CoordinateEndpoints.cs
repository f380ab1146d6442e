using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Filtering;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/coordinate/*</c>: where nodes lie in the network, as far as somebody has said.</summary>
internal sealed class CoordinateEndpoints(ReplicatedState state, BlockingQueries queries, MemberList members, ApiSettings settings) : IEndpoints
{
    private static readonly FilterSchema Schema = FilterSchema.Of(CoordinateShape.Origin("x"), CoordinateShape.Write);

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/coordinate/datacenters") { Resource = "node" }.Get(DatacentersAsync),
        new ApiRoute("/v1/coordinate/nodes") { Resource = "node" }.Get(NodesAsync),
        new ApiRoute("/v1/coordinate/node/", "Missing node name") { Resource = "node" }.Get(NodeAsync),
        new ApiRoute("/v1/coordinate/update") { Resource = "node" }.Put(UpdateAsync),
    ];

    private Task DatacentersAsync(ApiContext context)
    {
        var servers = members.All().Select(m => CoordinateShape.OfNode(state.View, m.Name) with { Node = $"{m.Name}.{m.Datacenter}" }).ToList();
        return context.JsonAsync(w =>
        {
            w.WriteStartArray();
            w.WriteStartObject();
            w.WriteString("Datacenter", settings.Datacenter);
            w.WriteString("AreaID", "wan");
            w.WritePropertyName("Coordinates");
            w.WriteList(servers, CoordinateShape.Write);
            w.WriteEndObject();
            w.WriteEndArray();
        });
    }

    private async Task NodesAsync(ApiContext context)
    {
        var segment = context.Query.Has("segment") ? context.Query.Value("segment") : null;
        var found = await queries.ReadAsync(context, [Topic.Coordinates, Topic.Nodes], view => new Answer<List<NetworkCoordinate>>(
            IndexOf(view), [.. All(view).Where(c => segment is null || c.Segment == segment)])).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, found, CoordinateShape.Write, Schema).ConfigureAwait(false);
    }

    private async Task NodeAsync(ApiContext context)
    {
        var node = context.Parameter;
        var found = await queries.ReadAsync(context, [Topic.Coordinates, Topic.Node(node)], view =>
        {
            var own = All(view).Where(c => c.Node == node).ToList();
            return new Answer<List<NetworkCoordinate>>(IndexOf(view), own, Missing: own.Count == 0);
        }).ConfigureAwait(false);
        if (found.Count == 0)
            await context.EmptyAsync(404).ConfigureAwait(false);
        else
            await context.JsonAsync(w => w.WriteList(found, CoordinateShape.Write)).ConfigureAwait(false);
    }

    private async Task UpdateAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(CoordinateBody.Shape).ConfigureAwait(false);
        await state.ProposeAsync(new UpdateCoordinates { Coordinates = [body.ToCoordinate()] }, context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private static ulong IndexOf(StateView view) => Math.Max(view.Network.CoordinatesIndex, view.Catalog.NodesIndex);

    private IEnumerable<NetworkCoordinate> All(StateView view) => view.Network.Coordinates
        .Concat(members.All().Where(m => !view.Network.Of(m.Name).Any() && view.Catalog.Node(m.Name) is not null).Select(m => CoordinateShape.Origin(m.Name)))
        .OrderBy(c => c.Node, StringComparer.Ordinal);
}
