using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/operator/usage</c>: how much is registered.</summary>
internal sealed class UsageEndpoints(BlockingQueries queries, ApiSettings settings) : IEndpoints
{
    private static readonly ServiceKind[] MeshKinds =
        [ServiceKind.ConnectProxy, ServiceKind.MeshGateway, ServiceKind.IngressGateway, ServiceKind.TerminatingGateway];

    public IEnumerable<ApiRoute> Routes => [new ApiRoute("/v1/operator/usage").Get(UsageAsync)];

    private async Task UsageAsync(ApiContext context)
    {
        var (catalog, index) = await queries.ReadAsync(context, [Topic.Services, Topic.Nodes], view => new Answer<(CatalogView, ulong)>(
            IndexOf(view.Catalog), (view.Catalog, IndexOf(view.Catalog)))).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteStartObject("Usage");
            w.WritePropertyName(settings.Datacenter);
            Write(w, catalog);
            w.WriteEndObject();
            w.WriteNumber("Index", index);
            w.WriteNumber("LastContact", 0);
            w.WriteBoolean("KnownLeader", context.LeaderAge is not null);
            w.WriteString("ConsistencyLevel", context.Read.Consistency);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static ulong IndexOf(CatalogView catalog) => Math.Max(catalog.ServicesIndex, catalog.NodesIndex);

    private static void Write(Utf8JsonWriter w, CatalogView catalog)
    {
        var kinds = catalog.AllInstances.CountBy(i => i.Kind).ToDictionary();
        w.WriteStartObject();
        w.WriteNumber("Nodes", catalog.NodeCount);
        w.WriteNumber("Services", catalog.ServiceNames.Count());
        w.WriteNumber("ServiceInstances", catalog.InstanceCount);
        w.WriteStartObject("ConnectServiceInstances");
        w.WriteNumber("connect-native", catalog.AllInstances.Count(i => i.ConnectNative));
        foreach (var kind in MeshKinds)
            w.WriteNumber(ServiceShape.KindWord(kind), kinds.GetValueOrDefault(kind));
        w.WriteEndObject();
        w.WriteNumber("BillableServiceInstances", kinds.GetValueOrDefault(ServiceKind.Typical));
        w.WriteEndObject();
    }
}
