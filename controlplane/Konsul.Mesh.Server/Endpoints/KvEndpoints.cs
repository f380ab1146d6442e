using System.Globalization;
using Konsul.Mesh.Model.Kv;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/kv/:key</c>. A key is any text; it may end in a slash and hold encoded ones.</summary>
internal sealed class KvEndpoints(ReplicatedState state, BlockingQueries queries) : IEndpoints
{
    private const int MaxValue = 512 * 1024;

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/kv/") { Resource = "key", MaxBody = MaxValue }.Get(GetAsync).Put(PutAsync).Delete(DeleteAsync),
    ];

    private Task GetAsync(ApiContext context)
    {
        var (key, query) = (context.Parameter, context.Query);
        if (query.Has("keys"))
            return KeysAsync(context, key);
        if (query.Has("recurse"))
            return ListAsync(context, key);
        RequireKey(key);
        return OneAsync(context, key);
    }

    private async Task OneAsync(ApiContext context, string key)
    {
        var entry = await queries.ReadAsync(context, [Topic.KvKey(key)], view =>
        {
            var found = view.Kv.Get(key);
            return new Answer<KvEntry?>(view.Kv.EntryIndex(key), found, Missing: found is null);
        }).ConfigureAwait(false);

        if (entry is null)
            await context.EmptyAsync(404).ConfigureAwait(false);
        else if (context.Query.Has("raw"))
            await RawAsync(context, entry).ConfigureAwait(false);
        else
            await context.JsonAsync(w => w.WriteList([entry], KvShape.Write)).ConfigureAwait(false);
    }

    private async Task ListAsync(ApiContext context, string prefix)
    {
        var entries = await queries.ReadAsync(context, [Topic.KvPrefix(prefix)], view =>
        {
            var found = view.Kv.List(prefix).ToList();
            return new Answer<List<KvEntry>>(view.Kv.PrefixIndex(prefix), found, Missing: found.Count == 0);
        }).ConfigureAwait(false);

        if (entries.Count == 0)
            await context.EmptyAsync(404).ConfigureAwait(false);
        else
            await context.JsonAsync(w => w.WriteList(entries, KvShape.Write)).ConfigureAwait(false);
    }

    private async Task KeysAsync(ApiContext context, string prefix)
    {
        // The second spelling is in old clients.
        var separator = context.Query.Value("separator") is { Length: > 0 } given ? given : context.Query.Value("seperator");
        var keys = await queries.ReadAsync(context, [Topic.KvPrefix(prefix)], view =>
        {
            var found = view.Kv.Keys(prefix, separator).ToList();
            return new Answer<List<string>>(view.Kv.PrefixIndex(prefix), found, Missing: found.Count == 0);
        }).ConfigureAwait(false);

        if (keys.Count == 0 && prefix.Length > 0)
            await context.EmptyAsync(404).ConfigureAwait(false);
        else
            await context.JsonAsync(w => w.WriteList(keys, static (writer, key) => writer.WriteStringValue(key))).ConfigureAwait(false);
    }

    private static Task RawAsync(ApiContext context, KvEntry entry)
    {
        // A value is somebody's bytes: no browser may take it for a page of ours.
        var headers = context.Http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox";
        return context.BytesAsync(200, "text/plain", entry.Value);
    }

    private async Task PutAsync(ApiContext context)
    {
        RequireKey(context.Parameter);
        RefuseLocks(context.Query);
        var value = await context.BodyAsync().ConfigureAwait(false);
        var result = await state.ProposeAsync(
            new KvSet
            {
                Key = context.Parameter,
                Value = value,
                Flags = Number(context.Query, "flags") ?? 0,
                Cas = Number(context.Query, "cas"),
            },
            context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(result.CasHeld).ConfigureAwait(false);
    }

    private async Task DeleteAsync(ApiContext context)
    {
        var recurse = context.Query.Has("recurse");
        if (!recurse)
            RequireKey(context.Parameter);
        if (recurse && context.Query.Has("cas"))
            throw ApiException.BadRequest("Conflicting flags: recurse and cas");
        var result = await state.ProposeAsync(
            new KvDelete { Key = context.Parameter, Recurse = recurse, Cas = Number(context.Query, "cas") }, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(result.CasHeld).ConfigureAwait(false);
    }

    private static void RequireKey(string key)
    {
        if (key.Length == 0)
            throw ApiException.BadRequest("Missing key name");
    }

    private static void RefuseLocks(QueryParameters query)
    {
        var (acquire, release, cas) = (query.Has("acquire"), query.Has("release"), query.Has("cas"));
        if ((acquire ? 1 : 0) + (release ? 1 : 0) + (cas ? 1 : 0) > 1)
            throw ApiException.BadRequest("Conflicting flags: only one of acquire, release and cas may be given");
        if (acquire || release)
            throw ApiException.BadRequest("Locks need sessions, which this server does not have yet");
    }

    /// <summary>A number is a client's slip, yet Consul answers 500.</summary>
    private static ulong? Number(QueryParameters query, string name)
    {
        if (!query.Has(name))
            return null;
        var text = query.Value(name);
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw ApiException.Failed($"Invalid {name} value \"{JsonValues.Shown(text)}\": not a number from 0 to 18446744073709551615");
    }
}
