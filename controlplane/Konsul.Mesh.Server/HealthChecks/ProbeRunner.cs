using System.Collections.Concurrent;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// Runs the checks of the own node that look at something: staggered, at most <see cref="MaxConcurrent"/> at once, the next look an interval after the
/// last one began. Only a change of status is reported.
/// </summary>
internal sealed class ProbeRunner(
    CheckScheduler scheduler, IReadOnlyDictionary<string, IProbe> probes, CheckReporter reporter, IRandom random, TimeProvider time, CancellationToken stopping)
    : IDisposable
{
    public const int MaxConcurrent = 64;
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan DefaultScriptTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause between two looks at a check that has not passed since it was registered...</summary>
    public static readonly TimeSpan EagerInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>... for so long; an instance that never comes up is not worth more.</summary>
    public static readonly TimeSpan EagerPeriod = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, ProbeState> _states = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _slots = new(MaxConcurrent);

    /// <param name="check">New, or changed in the catalog.</param>
    /// <param name="recovered">It was there before the server started: spread the first looks.</param>
    public void Updated(HealthCheck check, bool recovered)
    {
        if (!probes.ContainsKey(check.Type))
            return;
        if (_states.TryGetValue(check.CheckId, out var known) && known.Check.Definition == check.Definition)
        {
            known.Check = check;
            return;
        }

        var state = new ProbeState(check, time.GetTimestamp());
        _states[check.CheckId] = state;
        Schedule(state, recovered ? check.Definition.Interval * random.NextDouble() : TimeSpan.Zero);
    }

    public void Removed(HealthCheck check)
    {
        if (_states.TryRemove(check.CheckId, out _))
            scheduler.Cancel(Key(check));
    }

    public void Dispose() => _slots.Dispose();

    private void Schedule(ProbeState state, TimeSpan after) => scheduler.Set(Key(state.Check), after, () => _ = RunAsync(state));

    private async Task RunAsync(ProbeState state)
    {
        var began = time.GetTimestamp();
        try
        {
            await _slots.WaitAsync(stopping).ConfigureAwait(false);
            ProbeResult result;
            try
            {
                began = time.GetTimestamp();
                result = await LookAsync(state.Check).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }

            if (IsCurrent(state))
                await JudgeAsync(state, result).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }

        if (IsCurrent(state))
        {
            var next = Interval(state) - time.GetElapsedTime(began);
            Schedule(state, next > TimeSpan.Zero ? next : TimeSpan.Zero);
        }
    }

    private async Task<ProbeResult> LookAsync(HealthCheck check)
    {
        var timeout = check.Definition.Timeout > TimeSpan.Zero ? check.Definition.Timeout : check.Type == CheckKind.Script ? DefaultScriptTimeout : DefaultTimeout;
        using var overdue = new CancellationTokenSource(timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(overdue.Token, stopping);
        try
        {
            return await probes[check.Type].RunAsync(check, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new ProbeResult(CheckStatus.Critical, $"No answer within {DurationText.Format(timeout)}");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever a target provokes is its own failure; the check goes on.
            return new ProbeResult(CheckStatus.Critical, $"The check failed: {e.Message}");
        }
    }

    private Task JudgeAsync(ProbeState state, ProbeResult result)
    {
        state.HasPassed |= result.Status != CheckStatus.Critical;
        return state.Thresholds.Next(result.Status) is { } status && status != state.Check.Status
            ? reporter.ReportAsync(state.Check, status, result.Output, stopping)
            : Task.CompletedTask;
    }

    private TimeSpan Interval(ProbeState state)
    {
        var interval = state.Check.Definition.Interval;
        var eager = !state.HasPassed && time.GetElapsedTime(state.Since) < EagerPeriod;
        return eager && interval > EagerInterval ? EagerInterval : interval;
    }

    private bool IsCurrent(ProbeState state) => _states.TryGetValue(state.Check.CheckId, out var current) && ReferenceEquals(current, state);

    private static string Key(HealthCheck check) => $"probe {check.CheckId}";
}
