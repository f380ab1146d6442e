using System.Globalization;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model;
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

    /// <summary>What may go with a PUT, but only one of it.</summary>
    private static readonly string[] Ways = ["acquire", "release", "cas", "rollback"];
    private static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxTtl = TimeSpan.FromDays(3650);

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/kv/") { Resource = "key", MaxBody = MaxValue, Namespaced = true }.Get(GetAsync).Put(PutAsync).Delete(DeleteAsync),
    ];

    private Task GetAsync(ApiContext context)
    {
        var (key, query) = (KeyOf(context), context.Query);
        if (query.Has("keys"))
            return KeysAsync(context, key);
        if (query.Has("recurse"))
            return ListAsync(context, key);
        RequireKey(context);
        if (query.Has("versions"))
            return VersionsAsync(context, key);
        return query.Has("version") ? VersionAsync(context, key, Number(query, "version")!.Value) : OneAsync(context, key);
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
            await RawAsync(context, entry.Value).ConfigureAwait(false);
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

        if (keys.Count == 0 && context.Parameter.Length > 0)
            await context.EmptyAsync(404).ConfigureAwait(false);
        else
            await context.JsonAsync(w => w.WriteList(keys, static (writer, key) => writer.WriteStringValue(key))).ConfigureAwait(false);
    }

    private async Task VersionsAsync(ApiContext context, string key)
    {
        var versions = await ReadVersionsAsync(context, key).ConfigureAwait(false);
        if (versions.Count == 0)
            await context.EmptyAsync(404).ConfigureAwait(false);
        else
            await context.JsonAsync(w => w.WriteList(versions, (writer, v) => KvShape.WriteVersion(writer, context.Parameter, v))).ConfigureAwait(false);
    }

    private async Task VersionAsync(ApiContext context, string key, ulong version)
    {
        var versions = await ReadVersionsAsync(context, key).ConfigureAwait(false);
        if (versions.Find(v => v.Version == version) is not { } found)
            await context.EmptyAsync(404).ConfigureAwait(false);
        else if (context.Query.Has("raw"))
            await RawAsync(context, found.Value).ConfigureAwait(false);
        else
            await context.JsonAsync(w => w.WriteList([found], (writer, v) => KvShape.WriteVersion(writer, context.Parameter, v))).ConfigureAwait(false);
    }

    private Task<List<KvVersion>> ReadVersionsAsync(ApiContext context, string key) => queries.ReadAsync(context, [Topic.KvKey(key)], view =>
    {
        var found = view.Kv.Versions(key).ToList();
        return new Answer<List<KvVersion>>(view.Kv.EntryIndex(key), found, Missing: found.Count == 0);
    });

    private static Task RawAsync(ApiContext context, ReadOnlyMemory<byte> value)
    {
        // A value is somebody's bytes: no browser may take it for a page of ours.
        var headers = context.Http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox";
        return context.BytesAsync(200, "text/plain", value);
    }

    private async Task PutAsync(ApiContext context)
    {
        RequireKey(context);
        var query = context.Query;
        if (Ways.Count(query.Has) is > 1 and var several)
            throw ApiException.BadRequest($"Conflicting flags: {string.Join(" and ", Ways.Where(query.Has).Take(several))}");
        var ttl = TtlOf(query);
        if (ttl > TimeSpan.Zero && (query.Has("acquire") || query.Has("release") || query.Has("rollback")))
            throw ApiException.BadRequest("Conflicting flags: ttl goes with a plain write or with cas");

        var (key, flags) = (KeyOf(context), Number(query, "flags") ?? 0);
        var value = await context.BodyAsync().ConfigureAwait(false);
        if (query.Has("acquire"))
            await LockAsync(context, new KvLock { Key = key, Value = value, Flags = flags, Session = query.Value("acquire") }).ConfigureAwait(false);
        else if (query.Has("release"))
            await LockAsync(context, new KvUnlock { Key = key, Value = value, Flags = flags, Session = query.Value("release") }).ConfigureAwait(false);
        else if (query.Has("rollback"))
            await WriteAsync(context, new KvRollback { Key = key, Version = Number(query, "rollback")!.Value }).ConfigureAwait(false);
        else
            await WriteAsync(context, new KvSet { Key = key, Value = value, Flags = flags, Cas = Number(query, "cas"), Ttl = ttl }).ConfigureAwait(false);
    }

    private async Task WriteAsync(ApiContext context, Command command)
    {
        var result = await state.ProposeAsync(command, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(result.CasHeld).ConfigureAwait(false);
    }

    /// <summary>An unknown session is a 500 in Consul; Patroni tells it by how the text begins.</summary>
    private async Task LockAsync(ApiContext context, Command command)
    {
        var result = await state.TryProposeAsync(command, context.Aborted).ConfigureAwait(false);
        if (!result.Success)
            throw ApiException.Failed(result.Reason);
        await context.BoolAsync(result.CasHeld).ConfigureAwait(false);
    }

    private async Task DeleteAsync(ApiContext context)
    {
        var recurse = context.Query.Has("recurse");
        if (!recurse)
            RequireKey(context);
        if (recurse && context.Query.Has("cas"))
            throw ApiException.BadRequest("Conflicting flags: recurse and cas");
        await WriteAsync(context, new KvDelete { Key = KeyOf(context), Recurse = recurse, Cas = Number(context.Query, "cas") }).ConfigureAwait(false);
    }

    private static string KeyOf(ApiContext context) => NamespacedKey.Of(context.Namespace, context.Parameter);

    private static void RequireKey(ApiContext context)
    {
        if (context.Parameter.Length == 0)
            throw ApiException.BadRequest("Missing key name");
    }

    private static TimeSpan TtlOf(QueryParameters query)
    {
        if (!query.Has("ttl"))
            return TimeSpan.Zero;
        var text = query.Value("ttl");
        return GoDuration.TryParse(text, out var ttl) && ttl >= MinTtl && ttl <= MaxTtl
            ? ttl
            : throw ApiException.BadRequest($"Invalid ttl value \"{JsonValues.Shown(text)}\": not a duration from 1s to 87600h");
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
