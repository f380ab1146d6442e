using System.Text.Json;
using System.Text.RegularExpressions;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/event/*</c>: fires events and lists the newest that are meant for this node. They go through the log, so all servers list the same, in
/// one order, and after a restart too.</summary>
internal sealed class EventEndpoints(ReplicatedState state, BlockingQueries queries) : IEndpoints
{
    private const int MaxPayload = 8 * 1024;
    private const int MaxText = 512;

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/event/fire/", "Missing name") { Resource = "event", MaxBody = MaxPayload }.Put(FireAsync),
        new ApiRoute("/v1/event/list") { Resource = "event" }.Get(ListAsync),
    ];

    private async Task FireAsync(ApiContext context)
    {
        var query = context.Query;
        var fired = new UserEvent
        {
            Id = Guid.NewGuid().ToString("D"),
            Name = Short(context.Parameter, "name"),
            Payload = await context.BodyAsync().ConfigureAwait(false),
            NodeFilter = Pattern(query.Value("node"), "node"),
            ServiceFilter = Pattern(query.Value("service"), "service"),
            TagFilter = Pattern(query.Value("tag"), "tag"),
        };
        if (fired.TagFilter.Length > 0 && fired.ServiceFilter.Length == 0)
            throw ApiException.BadRequest("Cannot provide tag filter without service filter");
        await state.ProposeAsync(new FireEvent { Event = fired }, context.Aborted).ConfigureAwait(false);
        await context.JsonAsync(w => Write(w, fired)).ConfigureAwait(false);
    }

    private async Task ListAsync(ApiContext context)
    {
        var name = context.Query.Value("name");
        var events = await queries.ReadAsync(context, [Topic.UserEvents], view => new Answer<List<UserEvent>>(
            view.Network.EventsIndex, [.. view.Network.Events.Where(e => (name.Length == 0 || e.Name == name) && IsForThisNode(e, view))])).ConfigureAwait(false);
        await context.JsonAsync(w => w.WriteList(events, Write)).ConfigureAwait(false);
    }

    private bool IsForThisNode(UserEvent fired, StateView view)
    {
        if (fired.NodeFilter.Length > 0 && !Matches(fired.NodeFilter, state.NodeName))
            return false;
        return fired.ServiceFilter.Length == 0 || view.Catalog.InstancesOn(state.NodeName).Any(s =>
            Matches(fired.ServiceFilter, s.Name) && (fired.TagFilter.Length == 0 || s.Tags.Any(t => Matches(fired.TagFilter, t))));
    }

    /// <summary>Without backtracking: the pattern is a stranger's and must run in linear time.</summary>
    private static bool Matches(string pattern, string text) => Regex.IsMatch(text, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static string Pattern(string text, string what)
    {
        try
        {
            _ = Matches(Short(text, $"{what} filter"), "");
            return text;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw ApiException.BadRequest($"Invalid {what} filter: it is not a pattern that can be matched");
        }
    }

    private static string Short(string text, string what) =>
        text.Length <= MaxText ? text : throw ApiException.BadRequest($"Invalid {what}: it has more than {MaxText} characters");

    private static void Write(Utf8JsonWriter w, UserEvent e)
    {
        w.WriteStartObject();
        w.WriteString("ID", e.Id);
        w.WriteString("Name", e.Name);
        if (e.Payload.IsEmpty)
            w.WriteNull("Payload");
        else
            w.WriteBase64String("Payload", e.Payload.Span);
        w.WriteString("NodeFilter", e.NodeFilter);
        w.WriteString("ServiceFilter", e.ServiceFilter);
        w.WriteString("TagFilter", e.TagFilter);
        w.WriteNumber("Version", 1);
        w.WriteNumber("LTime", e.LTime);
        w.WriteEndObject();
    }
}
