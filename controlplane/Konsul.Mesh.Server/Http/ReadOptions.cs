using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Http;

/// <summary>What a read asked for: how to block and how fresh the answer must be.</summary>
/// <param name="MinIndex">Block until the result's index exceeds it; 0 never blocks.</param>
/// <param name="Wait">How long to block at most, before jitter.</param>
/// <param name="Consistency">The word of X-Consul-Effective-Consistency.</param>
/// <param name="Cached">What this server knows will do, where the route allows it.</param>
/// <param name="MaxStale">Of a stale read: a server that was without its leader for longer asks first; null for any time.</param>
internal sealed record ReadOptions(ulong MinIndex, TimeSpan Wait, string Consistency, bool Cached, TimeSpan? MaxStale)
{
    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(300);
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(600);

    public static ReadOptions Parse(QueryParameters query)
    {
        var index = query.Value("index");
        var minIndex = 0UL;
        if (index.Length > 0 && !ulong.TryParse(index, System.Globalization.NumberStyles.None, null, out minIndex))
            throw ApiException.BadRequest("Invalid index");

        var waitText = query.Value("wait");
        var wait = TimeSpan.Zero;
        if (waitText.Length > 0 && !GoDuration.TryParse(waitText, out wait))
            throw ApiException.BadRequest("Invalid wait time");
        if (wait == TimeSpan.Zero)
            wait = DefaultWait;

        return new ReadOptions(minIndex, wait < MaxWait ? wait : MaxWait, ParseConsistency(query), query.Has("cached"), ParseMaxStale(query));
    }

    private static TimeSpan? ParseMaxStale(QueryParameters query)
    {
        if (query.Value("max_stale") is not { Length: > 0 } text)
            return null;
        return GoDuration.TryParse(text, out var maxStale)
            ? maxStale
            : throw ApiException.BadRequest($"Invalid max_stale value {JsonValues.Shown(text)}");
    }

    private static string ParseConsistency(QueryParameters query)
    {
        var (stale, consistent, cached) = (query.Has("stale"), query.Has("consistent"), query.Has("cached"));
        if (stale && consistent)
            throw ApiException.BadRequest("Cannot specify ?stale with ?consistent, conflicting semantics.");
        if (cached && consistent)
            throw ApiException.BadRequest("Cannot specify ?cached with ?consistent, conflicting semantics.");
        return stale ? "stale" : consistent ? "consistent" : "leader";
    }
}
