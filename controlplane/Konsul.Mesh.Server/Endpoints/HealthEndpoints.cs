using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/health/*</c>: instances with the checks that decide about them.</summary>
internal sealed class HealthEndpoints(BlockingQueries queries, AnswerCache answers, string ownNode) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/health/service/", "Missing service name") { Resource = "service", Cacheable = true }.Get(c => ServiceAsync(c, InstanceSource.Named)),
        new ApiRoute("/v1/health/connect/", "Missing service name") { Resource = "service", Cacheable = true }.Get(c => ServiceAsync(c, InstanceSource.Connect)),
        new ApiRoute("/v1/health/ingress/", "Missing service name") { Resource = "service", Cacheable = true }.Get(c => ServiceAsync(c, InstanceSource.Ingress)),
        new ApiRoute("/v1/health/node/", "Missing node name") { Resource = "node" }.Get(NodeAsync),
        new ApiRoute("/v1/health/checks/", "Missing service name") { Resource = "service" }.Get(ChecksAsync),
        new ApiRoute("/v1/health/state/", "Missing check state") { Resource = "node" }.Get(StateAsync),
    ];

    private async Task ServiceAsync(ApiContext context, InstanceSource source)
    {
        var (name, filter, passing) = (context.Parameter, InstanceFilter.Parse(context.Query), Passing(context.Query));
        var (index, view, _) = await queries.RunAsync(
            context, source.Topics(name), view => new Answer<State.StateView>(source.Index(view.Catalog, name), view)).ConfigureAwait(false);
        context.SetReadHeaders(index);
        context.Http.Response.Headers["X-Consul-Query-Backend"] = "blocking-query";
        await context.JsonAsync(answers.Get(context, index, () => FilteredReply.Render(context, Entries(), HealthEntryShape.Write, FilterSchemas.Entry))).ConfigureAwait(false);

        IEnumerable<HealthEntry> Entries()
        {
            var catalog = view.Catalog;
            return Nearness.Sort(context, view, ownNode, filter.Apply(catalog, source.Instances(catalog, name)), static i => i.Node.Name)
                .Select(i => new HealthEntry(i, catalog.ChecksOf(i.Service.Node, i.Service.Id)))
                .Where(e => !passing || e.Checks.All(c => c.Status == CheckStatus.Passing));
        }
    }

    private Task NodeAsync(ApiContext context)
    {
        var name = context.Parameter;
        return ChecksAsync(
            context, Topic.Node(name),
            view => new Answer<List<HealthCheck>>(view.Catalog.NodeIndex(name), [.. view.Catalog.Checks(name).OrderBy(c => c.CheckId != OwnRegistration.SerfHealth)]));
    }

    private Task ChecksAsync(ApiContext context)
    {
        var (name, filter) = (context.Parameter, InstanceFilter.Parse(context.Query));
        return ChecksAsync(context, Topic.Service(name), view => new Answer<List<HealthCheck>>(
            view.Catalog.ServiceIndex(name), [.. Wanted(context, view, filter, view.Catalog.ServiceChecks(name))]));
    }

    private Task StateAsync(ApiContext context)
    {
        var (word, filter) = (context.Parameter, InstanceFilter.Parse(context.Query));
        var status = CheckBody.ParseStatus(word);
        if (status is null && word != "any")
            throw ApiException.BadRequest($"Invalid check state \"{JsonValues.Shown(word)}\": want any, passing, warning or critical");
        return ChecksAsync(context, Topic.Checks, view => new Answer<List<HealthCheck>>(
            view.Catalog.ChecksIndex, [.. Wanted(context, view, filter, view.Catalog.AllChecks.Where(c => status is null || c.Status == status))]));
    }

    private IEnumerable<HealthCheck> Wanted(ApiContext context, State.StateView view, InstanceFilter filter, IEnumerable<HealthCheck> checks) => Nearness.Sort(
        context, view, ownNode, filter.NodeMeta.IsEmpty ? checks : checks.Where(c => view.Catalog.Node(c.Node) is { } node && filter.Takes(node)), static c => c.Node);

    private async Task ChecksAsync(ApiContext context, Topic topic, Func<State.StateView, Answer<List<HealthCheck>>> read)
    {
        var checks = await queries.ReadAsync(context, [topic], read).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, checks, CheckShape.Write, FilterSchemas.Check).ConfigureAwait(false);
    }

    /// <summary>Present without a value means yes; with one, it is a truth value as Go parses it.</summary>
    private static bool Passing(QueryParameters query)
    {
        if (!query.Has("passing"))
            return false;
        var text = query.Value("passing");
        return text.Length == 0 || (GoBool.TryParse(text, out var passing) ? passing : throw ApiException.BadRequest("Invalid value for ?passing"));
    }
}
