using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/config*</c>: config entries. Their rules are in Model and State.</summary>
internal sealed class ConfigEndpoints(ReplicatedState state, BlockingQueries queries, TimeProvider time) : IEndpoints
{
    /// <summary>Routers of hundreds of routes are real.</summary>
    private const int MaxEntry = 512 * 1024;

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/config") { MaxBody = MaxEntry }.Put(PutAsync),
        new ApiRoute("/v1/config/").Get(GetAsync).Delete(DeleteAsync),
    ];

    private async Task PutAsync(ApiContext context)
    {
        var body = await context.BodyAsync().ConfigureAwait(false);
        var entry = Read(body.Span);
        var command = new SetConfigEntry
        {
            Entry = entry,
            Cas = CasParameter.Of(context.Query),
            Ids = entry is ServiceIntentions intentions ? [.. intentions.Sources.Select(_ => Guid.NewGuid().ToString("D"))] : [],
            At = time.GetUtcNow(),
        };
        var result = await state.ProposeAsync(command, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(result.CasHeld).ConfigureAwait(false);
    }

    private Task GetAsync(ApiContext context)
    {
        var (kind, name) = KeyOf(context, "Must provide either a kind or both kind and name");
        return name.Length > 0 ? OneAsync(context, kind, name) : ListAsync(context, kind);
    }

    private async Task ListAsync(ApiContext context, string kind)
    {
        var entries = await queries.ReadAsync(
            context, [Topic.ConfigEntries(kind)],
            view => new Answer<List<ConfigEntry>>(view.Config.IndexOf(kind), [.. view.Config.OfKind(kind)])).ConfigureAwait(false);
        await FilteredReply.ListAsync(context, entries, ConfigEntryWriter.Write).ConfigureAwait(false);
    }

    private async Task OneAsync(ApiContext context, string kind, string name)
    {
        FilteredReply.RefuseFilter(context);
        var entry = await queries.ReadAsync(context, [Topic.ConfigEntry(kind, name)], view =>
        {
            var found = view.Config.Find(kind, name);
            return new Answer<ConfigEntry?>(found?.ModifyIndex ?? view.Config.IndexOf(kind), found, Missing: found is null);
        }).ConfigureAwait(false);
        if (entry is null)
            throw ApiException.NotFound($"Config entry not found for \"{kind}\" / \"{Json.JsonValues.Shown(name)}\"");
        await context.JsonAsync(w => ConfigEntryWriter.Write(w, entry)).ConfigureAwait(false);
    }

    private async Task DeleteAsync(ApiContext context)
    {
        const string Both = "Must provide both a kind and name to delete";
        var (kind, name) = KeyOf(context, Both);
        if (name.Length == 0)
            throw ApiException.BadRequest(Both);
        var cas = CasParameter.Of(context.Query);
        var result = await state.ProposeAsync(new DeleteConfigEntry { Kind = kind, Name = name, Cas = cas }, context.Aborted).ConfigureAwait(false);
        if (cas is not null)
        {
            await context.BoolAsync(result.CasHeld).ConfigureAwait(false);
            return;
        }

        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static (string Kind, string Name) KeyOf(ApiContext context, string missing)
    {
        var slash = context.Parameter.IndexOf('/', StringComparison.Ordinal);
        var kind = slash < 0 ? context.Parameter : context.Parameter[..slash];
        if (kind.Length == 0)
            throw ApiException.BadRequest(missing);
        if (!ConfigEntryReader.IsKind(kind))
            throw ApiException.BadRequest($"invalid config entry kind: {Json.JsonValues.Shown(kind)}");
        return (kind, slash < 0 ? "" : context.Parameter[(slash + 1)..]);
    }

    private static ConfigEntry Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return ConfigEntryReader.Read(body);
        }
        catch (ConfigEntryException e)
        {
            throw ApiException.BadRequest(e.IsForm ? $"Request decoding failed: {e.Message}" : e.Message);
        }
    }
}
