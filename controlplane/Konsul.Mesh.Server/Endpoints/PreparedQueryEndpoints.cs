using System.Globalization;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Queries;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Queries;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/query*</c>: prepared queries, and asking them.</summary>
internal sealed class PreparedQueryEndpoints(ReplicatedState state, BlockingQueries queries, ApiSettings settings, IRandom random) : IEndpoints
{
    private const string NotFound = "Query not found";
    private const string Execute = "/execute";
    private const string Explain = "/explain";

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/query") { Resource = "query" }.Get(ListAsync).Post(CreateAsync),
        new ApiRoute("/v1/query/", "Missing query ID") { Resource = "query" }.Get(GetAsync).Put(UpdateAsync).Delete(DeleteAsync),
    ];

    private async Task ListAsync(ApiContext context)
    {
        var all = await queries.ReadAsync(
            context, [Topic.PreparedQueries], view => new Answer<List<PreparedQuery>>(view.Queries.Index, [.. view.Queries.All])).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, all, PreparedQueryShape.Write).ConfigureAwait(false);
    }

    private async Task CreateAsync(ApiContext context)
    {
        var query = await ReadAsync(context).ConfigureAwait(false);
        if (query.Id.Length > 0)
            throw ApiException.BadRequest("ID must be empty when creating a new prepared query");
        var id = Guid.NewGuid().ToString("D");
        await state.ProposeAsync(new SetPreparedQuery { Query = query with { Id = id } }, context.Aborted).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteString("ID", id);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task UpdateAsync(ApiContext context)
    {
        var id = IdOf(context.Parameter);
        var query = await ReadAsync(context).ConfigureAwait(false);
        await state.ProposeAsync(new SetPreparedQuery { Query = query with { Id = id }, UpdateOnly = true }, context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private async Task DeleteAsync(ApiContext context)
    {
        await state.ProposeAsync(new DeletePreparedQuery { Id = IdOf(context.Parameter) }, context.Aborted).ConfigureAwait(false);
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private Task GetAsync(ApiContext context)
    {
        var asked = context.Parameter;
        return asked.EndsWith(Execute, StringComparison.Ordinal) ? ExecuteAsync(context, asked[..^Execute.Length])
            : asked.EndsWith(Explain, StringComparison.Ordinal) ? ExplainAsync(context, asked[..^Explain.Length])
            : OneAsync(context, IdOf(asked));
    }

    private async Task OneAsync(ApiContext context, string id)
    {
        var found = await queries.ReadAsync(context, [Topic.PreparedQuery(id)], view =>
        {
            var query = view.Queries.ById(id);
            return new Answer<PreparedQuery?>(query?.ModifyIndex ?? view.Queries.Index, query, Missing: query is null);
        }).ConfigureAwait(false);
        var query = found ?? throw ApiException.NotFound(NotFound);
        await context.JsonAsync(w => w.WriteList([query], PreparedQueryShape.Write)).ConfigureAwait(false);
    }

    private async Task ExecuteAsync(ApiContext context, string idOrName)
    {
        var limit = context.Query.Value("limit");
        var count = 0;
        if (limit.Length > 0 && !int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count))
            throw ApiException.BadRequest("Failed to parse the limit: not a whole number");
        var asked = new QueryAsked
        {
            Datacenter = settings.Datacenter,
            OwnNode = state.NodeName,
            Near = context.Query.Value("near"),
            Limit = count,
            Connect = context.Query.Has("connect") && context.Query.Value("connect") != "false",
        };
        var answer = await AskAsync(context, idOrName, view => PreparedQueries.Resolve(view, idOrName, asked, random)).ConfigureAwait(false);
        await context.JsonAsync(w => PreparedQueryShape.WriteAnswer(w, answer, settings.Datacenter)).ConfigureAwait(false);
    }

    private async Task ExplainAsync(ApiContext context, string idOrName)
    {
        var query = await AskAsync(
            context, idOrName, view => view.Queries.ByIdOrName(idOrName) is { } found ? PreparedQueries.Fill(found, idOrName) : null).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WritePropertyName("Query");
            PreparedQueryShape.Write(w, query);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    /// <summary>Such answers never block: a query has no index of its own.</summary>
    private async Task<T> AskAsync<T>(ApiContext context, string idOrName, Func<State.StateView, T?> ask)
        where T : class
    {
        if (idOrName.Length is 0 or > Names.MaxIdLength)
            throw ApiException.NotFound(NotFound);
        try
        {
            // An index beyond all that was applied answers at once.
            var found = await queries.ReadAsync(context, [Topic.PreparedQueries], view => new Answer<T?>(ulong.MaxValue, ask(view))).ConfigureAwait(false);
            context.SetReadHeaders(state.View.Index);
            return found ?? throw ApiException.NotFound(NotFound);
        }
        catch (FormatException e)
        {
            throw ApiException.BadRequest($"The query's template cannot be filled for \"{JsonValues.Shown(idOrName)}\": {e.Message}");
        }
    }

    private static async Task<PreparedQuery> ReadAsync(ApiContext context)
    {
        var body = await context.BodyAsync().ConfigureAwait(false);
        try
        {
            return PreparedQueryReader.Read(body.Span);
        }
        catch (ConfigEntryException e)
        {
            throw ApiException.BadRequest(e.IsForm ? $"Request decode failed: {e.Message}" : e.Message);
        }
    }

    private static string IdOf(string text) => Guid.TryParseExact(text, "D", out var id)
        ? id.ToString("D")
        : throw ApiException.NotFound(NotFound);
}
