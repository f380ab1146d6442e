using System.Security.Cryptography;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// The leaves of <c>/v1/agent/connect/ca/leaf/:svc</c>: one per service, in memory only, made when first asked for and again between 50 % and
/// 70 % of its life, when somebody asks or waits.
/// </summary>
internal sealed class LeafStore(
    LeafIssuer issuer, SharedDeadlines deadlines, Func<ulong> stateIndex, IRandom random, TimeProvider time, CancellationToken closing)
{
    /// <summary>More services than one node has; the leaf longest unused by renewal goes first.</summary>
    public const int MaxEntries = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LeafEntry> _entries = new(StringComparer.Ordinal);
    private ulong _index;

    /// <summary>The current leaf; with an index, waits until a newer one is due, as long as the query allows.</summary>
    public async Task<LeafEntry> GetAsync(ApiContext context, string service)
    {
        var entry = Current(service);
        if (context.Read.MinIndex == 0 || entry.Index != context.Read.MinIndex)
            return entry;

        context.Blocked = true;
        var untilRenewal = entry.RenewAt - time.GetUtcNow();
        using var over = deadlines.After(untilRenewal < context.Read.Wait ? Max(untilRenewal, TimeSpan.FromMilliseconds(1)) : context.Read.Wait);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, closing, over.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Aborted.ThrowIfCancellationRequested();
        return Current(service);
    }

    private LeafEntry Current(string service)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(service, out var entry) && time.GetUtcNow() < entry.RenewAt)
                return entry;
            var made = Make(service);
            if (_entries.Count >= MaxEntries && entry is null)
                _entries.Remove(_entries.Values.MinBy(e => e.RenewAt)!.Service);
            return _entries[service] = made;
        }
    }

    private LeafEntry Make(string service)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var result = issuer.TrySign(key, issuer.IdOf(service), $"the HTTP API for {service}") ??
            throw new ApiException(429, "rate limit exceeded, try again later or against a different server");
        if (result.Certificate is not { } issued)
            throw ApiException.Failed(result.Reason);
        _index = Math.Max(stateIndex(), _index + 1);
        return new LeafEntry(service, issued, LeafEntry.Pem(key), RenewalSchedule.RenewAt(issued.NotBefore, issued.NotAfter, random), _index);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
