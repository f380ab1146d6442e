using System.Collections.Concurrent;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// Turns TTL checks critical whose reports stay away. The deadlines are this process's, never in the state: time enters the state only as the
/// command that an expiry proposes. After a start every check has its whole TTL again.
/// </summary>
internal sealed class TtlExpiry(CheckScheduler scheduler, CheckReporter reporter, Func<HealthCheck, HealthCheck?> current, CancellationToken stopping)
{
    private readonly ConcurrentDictionary<string, TimeSpan> _known = new(StringComparer.Ordinal);

    public void Updated(HealthCheck check)
    {
        if (check.Type != CheckKind.Ttl)
            return;
        if (!_known.TryGetValue(check.CheckId, out var ttl) || ttl != check.Definition.Ttl)
            Reported(check);
    }

    public void Removed(HealthCheck check)
    {
        if (_known.TryRemove(check.CheckId, out _))
            scheduler.Cancel(Key(check));
    }

    /// <summary>The check was heard of: its time starts anew.</summary>
    public void Reported(HealthCheck check)
    {
        _known[check.CheckId] = check.Definition.Ttl;
        scheduler.Set(Key(check), check.Definition.Ttl, () => _ = ExpireAsync(check));
    }

    private Task ExpireAsync(HealthCheck check) => current(check) is { } now && now.Type == CheckKind.Ttl && now.Status != CheckStatus.Critical
        ? reporter.ReportAsync(
            now, CheckStatus.Critical, $"TTL expired: no report for {DurationText.Format(now.Definition.Ttl)}. Last output: {now.Output}", stopping)
        : Task.CompletedTask;

    private static string Key(HealthCheck check) => $"ttl {check.CheckId}";
}
