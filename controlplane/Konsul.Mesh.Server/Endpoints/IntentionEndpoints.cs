using System.Collections.Immutable;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Registration;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/connect/intentions*</c>.</summary>
internal sealed class IntentionEndpoints(ReplicatedState state, BlockingQueries queries, IntentionAction defaultAction, TimeProvider time) : IEndpoints
{
    private const string NotFound = "Intention not found";

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/connect/intentions") { Resource = "intention" }.Get(ListAsync).Post(CreateAsync),
        new ApiRoute("/v1/connect/intentions/exact") { Resource = "intention" }.Get(GetExactAsync).Put(PutExactAsync).Delete(DeleteExactAsync),
        new ApiRoute("/v1/connect/intentions/match") { Resource = "intention" }.Get(MatchAsync),
        new ApiRoute("/v1/connect/intentions/check") { Resource = "intention" }.Get(CheckAsync),
        new ApiRoute("/v1/connect/intentions/", "Missing intention ID") { Resource = "intention" }.Get(GetByIdAsync).Put(PutByIdAsync).Delete(DeleteByIdAsync),
    ];

    private async Task ListAsync(ApiContext context)
    {
        var all = await queries.ReadAsync(
            context, [Topic.Intentions], view => new Answer<IReadOnlyList<Intention>>(view.Intentions.Index, view.Intentions.All)).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, all, IntentionShape.Write).ConfigureAwait(false);
    }

    private async Task CreateAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(IntentionBody.Shape).ConfigureAwait(false);
        var result = await state.TryProposeAsync(
            new UpsertIntention { Intention = New(body, body.SourceName, body.DestinationName), CreateOnly = true }, context.Aborted).ConfigureAwait(false);
        if (result.Failure == ApplyFailure.Conflict)
            throw ApiException.Failed($"duplicate intention found: {body.SourceName} to {body.DestinationName}");
        if (!result.Success)
            throw ApiException.BadRequest(result.Reason);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteString("ID", result.IntentionId);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private Task GetExactAsync(ApiContext context)
    {
        var (source, destination) = Pair(context.Query);
        return OneAsync(context, Topic.IntentionsFor(destination), view => view.Intentions.Get(source, destination));
    }

    private async Task PutExactAsync(ApiContext context)
    {
        var (source, destination) = Pair(context.Query);
        var body = await context.DecodeAsync(IntentionBody.Shape).ConfigureAwait(false);
        RequireSame("SourceName", body.SourceName, source);
        RequireSame("DestinationName", body.DestinationName, destination);
        await state.ProposeAsync(new UpsertIntention { Intention = New(body, source, destination) }, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(true).ConfigureAwait(false);
    }

    private async Task DeleteExactAsync(ApiContext context)
    {
        var (source, destination) = Pair(context.Query);
        await state.ProposeAsync(new DeleteIntention { SourceName = source, DestinationName = destination }, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(true).ConfigureAwait(false);
    }

    private Task GetByIdAsync(ApiContext context)
    {
        var id = Id(context);
        return OneAsync(context, Topic.Intentions, view => view.Intentions.ById(id));
    }

    private async Task PutByIdAsync(ApiContext context)
    {
        var id = Id(context);
        var body = await context.DecodeAsync(IntentionBody.Shape).ConfigureAwait(false);
        var known = state.View.Intentions.ById(id) ?? throw ApiException.NotFound(NotFound);
        var source = body.SourceName.Length > 0 ? body.SourceName : known.SourceName;
        var destination = body.DestinationName.Length > 0 ? body.DestinationName : known.DestinationName;
        await state.ProposeAsync(new UpsertIntention { Intention = New(body, source, destination) with { Id = id } }, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(true).ConfigureAwait(false);
    }

    private async Task DeleteByIdAsync(ApiContext context)
    {
        await state.ProposeAsync(new DeleteIntention { Id = Id(context) }, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(true).ConfigureAwait(false);
    }

    private async Task MatchAsync(ApiContext context)
    {
        var by = Required(context.Query, "by");
        if (by is not ("source" or "destination"))
            throw ApiException.Failed("'by' parameter must be one of 'source' or 'destination'");
        Required(context.Query, "name");
        var names = context.Query.Values("name").Select(Plain).Distinct().ToList();
        var topics = by == "source" ? [Topic.Intentions] : names.Select(Topic.IntentionsFor).ToList();
        var view = await queries.ReadAsync(context, topics, v => new Answer<StateView>(v.Intentions.Index, v)).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            foreach (var name in names)
            {
                w.WritePropertyName(name);
                w.WriteList(by == "source" ? view.Intentions.ForSource(name) : view.Intentions.ForDestination(name), IntentionShape.Write);
            }

            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private Task CheckAsync(ApiContext context)
    {
        var (source, destination) = Pair(context.Query);
        var decision = IntentionPolicy.Compile(destination, state.View.Intentions.ForDestination(destination), defaultAction).Decide(source);
        return context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteBoolean("Allowed", decision.Allowed);
            w.WriteEndObject();
        });
    }

    private async Task OneAsync(ApiContext context, Topic topic, Func<StateView, Intention?> find)
    {
        var intention = await queries.ReadAsync(context, [topic], view =>
        {
            var found = find(view);
            return new Answer<Intention?>(found?.ModifyIndex ?? view.Intentions.Index, found, Missing: found is null);
        }).ConfigureAwait(false);
        if (intention is null)
            throw ApiException.NotFound(NotFound);
        await context.JsonAsync(w => IntentionShape.Write(w, intention)).ConfigureAwait(false);
    }

    private Intention New(IntentionBody body, string source, string destination)
    {
        CheckSide("SourceName", source);
        CheckSide("DestinationName", destination);
        ServiceTranslator.CheckMeta("Invalid Intention Meta", body.Meta);
        var permissions = Permissions(body, destination);
        if (!permissions.IsEmpty && body.Action is not null)
            throw ApiException.BadRequest("Action must be omitted if Permissions are specified");
        var now = time.GetUtcNow();
        return new Intention
        {
            Id = Guid.NewGuid().ToString("D"),
            SourceName = source,
            DestinationName = destination,
            Action = permissions.IsEmpty ? body.Action ?? throw ApiException.BadRequest("Action must be set to allow or deny") : IntentionAction.Deny,
            Permissions = permissions,
            Description = body.Description.Length <= 512 ? body.Description : throw ApiException.BadRequest("Description must not be longer than 512 characters"),
            Meta = body.Meta,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    private static ImmutableArray<IntentionPermission> Permissions(IntentionBody body, string destination)
    {
        try
        {
            return body.PermissionsJson.IsEmpty ? [] : ConfigEntryReader.ReadPermissions(body.PermissionsJson.Span, "Permissions", destination);
        }
        catch (ConfigEntryException e)
        {
            throw new DecodeException(e.Message);
        }
    }

    private static (string Source, string Destination) Pair(QueryParameters query) =>
        (Plain(Required(query, "source")), Plain(Required(query, "destination")));

    private static string Required(QueryParameters query, string name) =>
        query.Value(name) is { Length: > 0 } value ? value : throw ApiException.Failed($"required query parameter '{name}' not set");

    /// <summary>A name may come as <c>name</c>, <c>namespace/name</c> or <c>partition/namespace/name</c>; only the defaults exist.</summary>
    private static string Plain(string text)
    {
        var parts = text.Split('/');
        if (parts.Length > 3 || parts[..^1].Any(p => p != Names.DefaultNamespace))
            throw ApiException.BadRequest($"Invalid name \"{JsonValues.Shown(text)}\": only the default namespace and partition exist");
        return parts[^1];
    }

    private static void CheckSide(string field, string name)
    {
        if (name != Intention.Wildcard && Names.CheckName(name) is { } wrong)
            throw ApiException.BadRequest($"Invalid intention: {field} \"{JsonValues.Shown(name)}\" {wrong}");
    }

    private static void RequireSame(string field, string inBody, string inQuery)
    {
        if (inBody.Length > 0 && inBody != inQuery)
            throw ApiException.BadRequest($"{field} in the body (\"{JsonValues.Shown(inBody)}\") is not the one of the query (\"{JsonValues.Shown(inQuery)}\")");
    }

    private static string Id(ApiContext context) => Guid.TryParseExact(context.Parameter, "D", out var id)
        ? id.ToString("D")
        : throw ApiException.BadRequest($"Invalid intention ID \"{JsonValues.Shown(context.Parameter)}\": not a UUID");
}
