using System.Text.Json;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/health/*</c>: instances with the checks that decide about them.</summary>
internal sealed class HealthEndpoints(BlockingQueries queries) : IEndpoints
{
    private sealed record Entry(InstanceOnNode Instance, IReadOnlyList<HealthCheck> Checks);

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/health/service/", "Missing service name") { Resource = "service" }.Get(c => ServiceAsync(c, connect: false)),
        new ApiRoute("/v1/health/connect/", "Missing service name") { Resource = "service" }.Get(c => ServiceAsync(c, connect: true)),
        new ApiRoute("/v1/health/node/", "Missing node name") { Resource = "node" }.Get(NodeAsync),
        new ApiRoute("/v1/health/checks/", "Missing service name") { Resource = "service" }.Get(ChecksAsync),
        new ApiRoute("/v1/health/state/", "Missing check state") { Resource = "node" }.Get(StateAsync),
    ];

    private async Task ServiceAsync(ApiContext context, bool connect)
    {
        var (name, filter, passing) = (context.Parameter, InstanceFilter.Parse(context.Query), Passing(context.Query));
        var entries = await queries.ReadAsync(context, [connect ? Topic.Connect(name) : Topic.Service(name)], view =>
        {
            var catalog = view.Catalog;
            var instances = filter.Apply(catalog, connect ? catalog.ConnectInstances(name) : catalog.Instances(name));
            var found = instances
                .Select(i => new Entry(i, catalog.ChecksOf(i.Service.Node, i.Service.Id)))
                .Where(e => !passing || e.Checks.All(c => c.Status == CheckStatus.Passing));
            return new Answer<List<Entry>>(connect ? catalog.ConnectIndex(name) : catalog.ServiceIndex(name), [.. found]);
        }).ConfigureAwait(false);
        context.Http.Response.Headers["X-Consul-Query-Backend"] = "blocking-query";
        await FilteredReply.ListAsync(context, entries, WriteEntry).ConfigureAwait(false);
    }

    private Task NodeAsync(ApiContext context)
    {
        var name = context.Parameter;
        return ChecksAsync(context, Topic.Node(name), view => new Answer<List<HealthCheck>>(view.Catalog.NodeIndex(name), [.. view.Catalog.Checks(name)]));
    }

    private Task ChecksAsync(ApiContext context)
    {
        var name = context.Parameter;
        return ChecksAsync(
            context, Topic.Service(name), view => new Answer<List<HealthCheck>>(view.Catalog.ServiceIndex(name), [.. view.Catalog.ServiceChecks(name)]));
    }

    private Task StateAsync(ApiContext context)
    {
        var word = context.Parameter;
        var status = CheckBody.ParseStatus(word);
        if (status is null && word != "any")
            throw ApiException.BadRequest($"Invalid check state \"{JsonValues.Shown(word)}\": want any, passing, warning or critical");
        return ChecksAsync(context, Topic.Checks, view => new Answer<List<HealthCheck>>(
            view.Catalog.ChecksIndex, [.. view.Catalog.AllChecks.Where(c => status is null || c.Status == status)]));
    }

    private async Task ChecksAsync(ApiContext context, Topic topic, Func<State.StateView, Answer<List<HealthCheck>>> read)
    {
        var checks = await queries.ReadAsync(context, [topic], read).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, checks, CheckShape.Write).ConfigureAwait(false);
    }

    /// <summary>Present without a value means yes; with one, it is a truth value as Go parses it.</summary>
    private static bool Passing(QueryParameters query) => query.Has("passing") && query.Value("passing") switch
    {
        "" or "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => throw ApiException.BadRequest("Invalid value for ?passing"),
    };

    private static void WriteEntry(Utf8JsonWriter writer, Entry entry)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("Node");
        NodeShape.Write(writer, entry.Instance.Node);
        writer.WritePropertyName("Service");
        ServiceShape.WriteOfNode(writer, entry.Instance.Service);
        writer.WritePropertyName("Checks");
        writer.WriteList(entry.Checks, CheckShape.Write);
        writer.WriteEndObject();
    }
}
