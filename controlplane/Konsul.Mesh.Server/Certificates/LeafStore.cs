using System.Security.Cryptography;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// The leaves of <c>/v1/agent/connect/ca/leaf/:svc</c>: one per service, in memory only, made when first asked for and again between 50 % and
/// 70 % of its life, when somebody asks or waits; within <see cref="RenewalSchedule.RootSpread"/> when another root signs.
/// </summary>
internal sealed class LeafStore : IDisposable
{
    /// <summary>More services than one node has; the leaf longest unused by renewal goes first.</summary>
    public const int MaxEntries = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LeafEntry> _entries = new(StringComparer.Ordinal);
    private readonly LeafIssuer _issuer;
    private readonly SharedDeadlines _deadlines;
    private readonly Func<ulong> _stateIndex;
    private readonly IRandom _random;
    private readonly TimeProvider _time;
    private readonly CancellationToken _closing;
    private CancellationTokenSource _signerChanged = new();
    private ulong _index;

    public LeafStore(
        LeafIssuer issuer, SharedDeadlines deadlines, Func<ulong> stateIndex, IRandom random, TimeProvider time, CancellationToken closing)
    {
        (_issuer, _deadlines, _stateIndex, _random, _time, _closing) = (issuer, deadlines, stateIndex, random, time, closing);
        issuer.SignerChanged += OnSignerChanged;
    }

    /// <summary>The current leaf; with an index, waits until a newer one is due, as long as the query allows.</summary>
    public async Task<LeafEntry> GetAsync(ApiContext context, string service)
    {
        var entry = Current(service);
        if (context.Read.MinIndex == 0 || entry.Index != context.Read.MinIndex)
            return entry;

        context.Blocked = true;
        var end = _time.GetUtcNow() + context.Read.Wait;
        for (var now = _time.GetUtcNow(); entry.Index == context.Read.MinIndex && now < end && !_closing.IsCancellationRequested; now = _time.GetUtcNow())
        {
            var until = entry.RenewAt < end ? entry.RenewAt : end;
            using var over = _deadlines.After(Max(until - now, TimeSpan.FromMilliseconds(1)));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, _closing, over.Token, SignerChanged(entry));
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Aborted.ThrowIfCancellationRequested();
            entry = Current(service);
        }

        return entry;
    }

    public void Dispose() => _issuer.SignerChanged -= OnSignerChanged;

    private LeafEntry Current(string service)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(service, out var entry) && _time.GetUtcNow() < Due(ref entry))
                return entry;
            var made = Make(service);
            if (_entries.Count >= MaxEntries && entry is null)
                _entries.Remove(_entries.Values.MinBy(e => e.RenewAt)!.Service);
            return _entries[service] = made;
        }
    }

    /// <summary>When it is renewed; drawn anew, once, when another root signs by now.</summary>
    private DateTimeOffset Due(ref LeafEntry entry)
    {
        var signer = _issuer.Authority.Root.KeyId;
        if (entry.Signer != signer)
        {
            var soon = _time.GetUtcNow() + (RenewalSchedule.RootSpread * _random.NextDouble());
            entry = entry with { Signer = signer, RenewAt = soon < entry.RenewAt ? soon : entry.RenewAt };
            _entries[entry.Service] = entry;
        }

        return entry.RenewAt;
    }

    /// <summary>Cancelled already when the entry knows of an older signer than there is.</summary>
    private CancellationToken SignerChanged(LeafEntry entry)
    {
        lock (_lock)
        {
            return entry.Signer == _issuer.Authority.Root.KeyId ? _signerChanged.Token : new CancellationToken(canceled: true);
        }
    }

    private void OnSignerChanged()
    {
        CancellationTokenSource before;
        lock (_lock)
        {
            (before, _signerChanged) = (_signerChanged, new CancellationTokenSource());
        }

        // Not disposed: queries that have its token link to it at any time.
        before.Cancel();
    }

    private LeafEntry Make(string service)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signer = _issuer.Authority.Root.KeyId;
        var result = _issuer.TrySign(key, _issuer.IdOf(service), $"the HTTP API for {service}") ??
            throw new ApiException(429, "rate limit exceeded, try again later or against a different server");
        if (result.Certificate is not { } issued)
            throw ApiException.Failed(result.Reason);
        _index = Math.Max(_stateIndex(), _index + 1);
        return new LeafEntry(service, issued, LeafEntry.Pem(key), RenewalSchedule.RenewAt(issued.NotBefore, issued.NotAfter, _random), _index, signer);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
