using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Deadlines;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Registration;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/session/*</c></summary>
internal sealed class SessionEndpoints(ReplicatedState state, BlockingQueries queries, SessionRenewal renewal, ApiSettings settings) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        Route("/v1/session/create").Put(CreateAsync),
        Route("/v1/session/destroy/", "Missing session").Put(DestroyAsync),
        Route("/v1/session/renew/", "Missing session").Put(RenewAsync),
        Route("/v1/session/info/", "Missing session").Get(InfoAsync),
        Route("/v1/session/node/", "Missing node name").Get(NodeAsync),
        Route("/v1/session/list").Get(ListAsync),
    ];

    private static ApiRoute Route(string pattern, string? missing = null) => new(pattern, missing) { Resource = "session", Namespaced = true };

    private async Task CreateAsync(ApiContext context)
    {
        var bytes = await context.BodyAsync().ConfigureAwait(false);
        var body = bytes.IsEmpty ? new SessionBody() : SessionBody.Shape.Decode(bytes.Span);
        if (body.Datacenter.Length > 0 && body.Datacenter != settings.Datacenter)
            throw ApiException.Failed("No path to datacenter");
        var session = SessionTranslator.Translate(body, Guid.NewGuid().ToString("D"), context.Namespace, state.NodeName, state.View.Catalog);
        var result = await state.TryProposeAsync(new CreateSession { Session = session }, context.Aborted).ConfigureAwait(false);
        if (!result.Success)
            throw ApiException.Failed(result.Reason);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteString("ID", session.Id);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task DestroyAsync(ApiContext context)
    {
        await state.ProposeAsync(new DestroySession { Key = KeyOf(context) }, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(true).ConfigureAwait(false);
    }

    private async Task RenewAsync(ApiContext context)
    {
        var view = await queries.ViewAsync(context).ConfigureAwait(false);
        if (view.Sessions.Get(context.Namespace, context.Parameter) is not { } session)
            throw ApiException.NotFound($"Session id '{JsonValues.Shown(context.Parameter)}' not found");
        await renewal.RenewAsync(KeyOf(context), context.Aborted).ConfigureAwait(false);
        context.SetReadHeaders(session.ModifyIndex);
        await context.JsonAsync(w => w.WriteList([session], SessionShape.Write)).ConfigureAwait(false);
    }

    private Task InfoAsync(ApiContext context) => ReadAsync(context, Topic.Session(KeyOf(context)), view =>
    {
        var found = view.Sessions.Get(context.Namespace, context.Parameter);
        return new Answer<List<Session>>(found?.ModifyIndex ?? view.Sessions.Index, found is null ? [] : [found], Missing: found is null);
    });

    private Task NodeAsync(ApiContext context) => ReadAsync(context, Topic.SessionsOn(context.Parameter), view =>
        new Answer<List<Session>>(view.Sessions.Index, [.. view.Sessions.OnNode(context.Namespace, context.Parameter)]));

    private Task ListAsync(ApiContext context) => ReadAsync(context, Topic.Sessions, view =>
        new Answer<List<Session>>(view.Sessions.Index, [.. view.Sessions.List(context.Namespace)]));

    private async Task ReadAsync(ApiContext context, Topic topic, Func<StateView, Answer<List<Session>>> read)
    {
        var sessions = await queries.ReadAsync(context, [topic], read).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, sessions, SessionShape.Write).ConfigureAwait(false);
    }

    /// <summary>A session's id holds no character that a namespace's mark could be; what does is no session's.</summary>
    private static string KeyOf(ApiContext context) => NamespacedKey.Of(context.Namespace, context.Parameter);
}
