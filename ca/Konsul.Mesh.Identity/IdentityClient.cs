using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Identity;

/// <summary>
/// Keeps one workload's identity fresh: a key made in this process, signed by the control plane, replaced by a new key and leaf between 50 %
/// and 70 % of the leaf's life, and soon after another root became the one that signs. While the signer fails, the leaf in hand stays in use. <see cref="RunAsync"/> is the only loop; everything
/// else may be called from any thread and returns at once.
/// </summary>
public sealed class IdentityClient : IIdentitySource
{
    /// <summary>Sleeps are cut here and the wall clock read again, for machines that were suspended.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private static readonly TimeSpan ShortestRenewalGap = TimeSpan.FromSeconds(1);
    private readonly Lock _publishing = new();
    private readonly TaskCompletionSource<WorkloadIdentity> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ICertificateSigner _signer;
    private readonly IdentityOptions _options;
    private readonly TimeProvider _time;
    private readonly IRandom _random;
    private readonly ILogger _logger;
    private readonly IdentityCache? _cache;
    private volatile WorkloadIdentity? _current;
    private volatile TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _sooner = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TrustBundle? _pushedBundle;
    private DateTimeOffset? _dueForNewRoot;
    private volatile int _consecutiveFailures;
    private long _failures;
    private long _renewals;

    public IdentityClient(ICertificateSigner signer, IdentityOptions options, TimeProvider time, IRandom random, ILogger<IdentityClient> logger)
    {
        _signer = signer;
        _options = options;
        _time = time;
        _random = random;
        _logger = logger;
        _cache = options.CacheDirectory is { } directory ? new IdentityCache(directory, options.CacheOwner) : null;
    }

    public event Action<WorkloadIdentity>? Changed;

    /// <summary>The newest identity, even past its end: peers refuse it then, and <see cref="RemainingLife"/> tells.</summary>
    public WorkloadIdentity? Current => _current;

    /// <summary>Until the leaf expires; negative after that, null before the first leaf.</summary>
    public TimeSpan? RemainingLife => _current?.NotAfter - _time.GetUtcNow();

    /// <summary>Failed attempts since the last leaf came.</summary>
    public int ConsecutiveFailures => _consecutiveFailures;

    /// <summary>Failed attempts since the start.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Leaves received since the start, the first included.</summary>
    public long Renewals => Interlocked.Read(ref _renewals);

    /// <summary>The first identity, from the cache or the signer.</summary>
    public Task<WorkloadIdentity> WaitAsync(CancellationToken cancellationToken) => _first.Task.WaitAsync(cancellationToken);

    /// <summary>
    /// A bundle pushed by the control plane; from now on it rules over those that come with certificates, which may be older. Gives the same
    /// leaf a new identity. False when it is of another trust domain than the leaf (a rebuilt cluster): peers trust neither the leaf nor we
    /// them any more, so nothing is published and a new leaf is fetched at once.
    /// </summary>
    public bool UpdateBundle(TrustBundle bundle)
    {
        lock (_publishing)
        {
            if (_current is { } present && present.Id.TrustDomain != bundle.TrustDomain)
            {
                _logger.LogWarning("The trust domain is now {Domain}, but this workload is {Id}: asking for a new certificate.", bundle.TrustDomain, present.Id);
                RenewNow();
                return false;
            }

            _pushedBundle = bundle;
            if (_current is { } identity && !SameRoots(identity.Bundle, bundle))
            {
                Publish(identity with { Bundle = bundle });
                RenewIfRefused(identity, bundle);
                RenewForNewRoot(identity, bundle);
            }

            return true;
        }
    }

    /// <summary>Renews ahead of time. While attempts fail, the back-off stays in force.</summary>
    public void RenewNow()
    {
        if (_consecutiveFailures == 0)
        {
            _wake.TrySetResult();
        }
    }

    /// <summary>Runs until cancelled; call it once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        LoadCache();
        var due = _current is { } cached ? RenewAt(cached) : _time.GetUtcNow();
        try
        {
            while (true)
            {
                await SleepUntilAsync(due, cancellationToken).ConfigureAwait(false);
                due = await TryRenewAsync(cancellationToken).ConfigureAwait(false)
                    ? RenewAt(_current!)
                    : _time.GetUtcNow() + RetryBackoff.After(_consecutiveFailures, RemainingLife, _random);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>A root that left the bundle takes its leaves with it; waiting for half of the life would cut the workload off.</summary>
    private void RenewIfRefused(WorkloadIdentity identity, TrustBundle bundle)
    {
        var result = SvidVerifier.For(bundle).Verify(
            identity.Leaf, [.. identity.Handshake.IntermediateCertificates], _time.GetUtcNow(), SvidUsage.Server, identity.Id);
        if (!result.Accepted)
        {
            _logger.LogWarning("The present certificate does not fit the new trust bundle, asking for another: {Reason}", result.Reason);
            RenewNow();
        }
    }

    /// <summary>Another root signs by now: a leaf of it is asked for soon, at a time of this workload's own.</summary>
    private void RenewForNewRoot(WorkloadIdentity identity, TrustBundle bundle)
    {
        if (!IsOfActiveRoot(identity.Leaf, bundle))
        {
            _dueForNewRoot ??= SoonForNewRoot();
            _sooner.TrySetResult();
        }
    }

    /// <summary>By key identifiers, as the root that signs stands first. A root without one never is another than the leaf's.</summary>
    private static bool IsOfActiveRoot(X509Certificate2 leaf, TrustBundle bundle)
    {
        if (bundle.Roots.IsDefaultOrEmpty)
        {
            return true;
        }

        using var root = X509CertificateLoader.LoadCertificate(bundle.Roots[0].Span);
        var keyId = root.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes;
        var issuer = leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        return keyId is null || issuer is null || keyId.Value.Span.SequenceEqual(issuer.Value.Span);
    }

    private DateTimeOffset RenewAt(WorkloadIdentity identity)
    {
        var drawn = RenewalSchedule.RenewAt(identity.NotBefore, identity.NotAfter, _random);
        if (!IsOfActiveRoot(identity.Leaf, identity.Bundle) && SoonForNewRoot() is var soon && soon < drawn)
        {
            // From a signer that does not know of the new root yet, or from the cache.
            drawn = soon;
        }

        if (_renewals == 0)
        {
            return drawn;
        }

        // A signer whose clock is far behind gives leaves that look old at once; they must not make a busy loop.
        var tenth = (identity.NotAfter - identity.NotBefore) / 10;
        var soonest = _time.GetUtcNow() + (tenth < ShortestRenewalGap ? tenth : ShortestRenewalGap);
        return drawn > soonest ? drawn : soonest;
    }

    private DateTimeOffset SoonForNewRoot() => _time.GetUtcNow() + (RenewalSchedule.RootSpread * _random.NextDouble());

    private async Task SleepUntilAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        while (!_wake.Task.IsCompleted && DueFrom(due, out var sooner) - _time.GetUtcNow() is var left && left > TimeSpan.Zero)
        {
            // Timers count whole milliseconds; rounded down, the last part of one would be spun away.
            var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
            Task sleep = Task.WhenAny(_wake.Task, sooner).WaitAsync(rounded < LongestSleep ? rounded : LongestSleep, _time, cancellationToken);
            await sleep.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_publishing)
        {
            _dueForNewRoot = null;
        }
    }

    /// <param name="due">By the leaf's life, or the back-off.</param>
    /// <param name="sooner">Ends when this is to be asked again.</param>
    private DateTimeOffset DueFrom(DateTimeOffset due, out Task sooner)
    {
        lock (_publishing)
        {
            if (_sooner.Task.IsCompleted)
            {
                _sooner = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            sooner = _sooner.Task;
            return _dueForNewRoot < due && _consecutiveFailures == 0 ? _dueForNewRoot.Value : due;
        }
    }

    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timeout = new CancellationTokenSource(_options.AttemptTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            using var request = new LeafRequest();
            var signed = await _signer.SignAsync(request.Encode(), either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            Accept(request.Complete(signed, _time.GetUtcNow()));
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Interlocked.Increment(ref _failures);
            _consecutiveFailures++;
            var reason = e switch
            {
                OperationCanceledException => $"no answer within {_options.AttemptTimeout.TotalSeconds} s",
                RpcException refusal => $"{refusal.StatusCode}: {refusal.Status.Detail}",
                _ => e.Message,
            };
            var left = RemainingLife is { } life ? $"the present one has {life} left" : "there is none yet";
            _logger.LogWarning("No certificate, attempt {Attempt}: {Reason}; {Left}.", _consecutiveFailures, reason.TrimEnd('.'), left);
            return false;
        }
    }

    private void Accept(WorkloadIdentity identity)
    {
        lock (_publishing)
        {
            _consecutiveFailures = 0;
            var bundle = BundleFor(identity);
            _dueForNewRoot = IsOfActiveRoot(identity.Leaf, bundle) ? null : _dueForNewRoot;
            Publish(identity with { Bundle = bundle });
            Interlocked.Increment(ref _renewals);
        }

        _logger.LogInformation("Certificate for {Id}, valid until {NotAfter:u}.", identity.Id, identity.NotAfter);
    }

    private TrustBundle BundleFor(WorkloadIdentity identity)
    {
        var bundle = _pushedBundle?.TrustDomain == identity.Id.TrustDomain ? _pushedBundle : identity.Bundle;

        // The same instance keeps what its verifier remembers.
        return _current is { } before && SameRoots(before.Bundle, bundle) ? before.Bundle : bundle;
    }

    /// <summary>Under the lock, so that listeners see identities in the order in which they became current.</summary>
    private void Publish(WorkloadIdentity identity)
    {
        _current = identity;
        _first.TrySetResult(identity);
        try
        {
            Changed?.Invoke(identity);
        }
        catch (Exception e)
        {
            // The certificate is good; a listener's fault must not count as a failed renewal, which would be tried again.
            _logger.LogError(e, "A listener failed on the new certificate.");
        }

        try
        {
            _cache?.Save(identity);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogWarning("The certificate cannot be kept in {Path}: {Reason}", _cache!.Path, e.Message);
        }
    }

    private void LoadCache()
    {
        string? reason = null;
        var cached = _cache?.TryLoad(_time.GetUtcNow(), out reason);
        if (reason is not null)
        {
            _logger.LogWarning("Ignored the cached certificate in {Path}: {Reason}.", _cache!.Path, reason);
        }

        if (cached is null)
        {
            return;
        }

        lock (_publishing)
        {
            Publish(cached with { Bundle = BundleFor(cached) });
        }

        _logger.LogInformation("Started with the cached certificate for {Id}, valid until {NotAfter:u}.", cached.Id, cached.NotAfter);
    }

    private static bool SameRoots(TrustBundle a, TrustBundle b) =>
        a.TrustDomain == b.TrustDomain
        && a.Roots.Length == b.Roots.Length
        && a.Roots.Zip(b.Roots).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span));
}
