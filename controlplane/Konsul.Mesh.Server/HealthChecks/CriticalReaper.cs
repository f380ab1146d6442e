using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Registration;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Deregisters a service, with its sidecar, whose check has been critical for its <c>DeregisterCriticalServiceAfter</c>, at least a minute.</summary>
internal sealed class CriticalReaper(
    CheckScheduler scheduler, CheckReporter reporter, Func<CatalogView> catalog, ILogger<CriticalReaper> log, CancellationToken stopping)
{
    public static readonly TimeSpan Floor = TimeSpan.FromMinutes(1);

    /// <summary>Checks whose time runs; the time starts when the check turns critical, or at the server's start.</summary>
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);

    /// <summary>Called by one thread at a time.</summary>
    public void Updated(HealthCheck check)
    {
        var after = check.Definition.DeregisterCriticalServiceAfter;
        if (after == default || check.ServiceId.Length == 0 || check.Status != CheckStatus.Critical)
            Removed(check);
        else if (_running.Add(check.CheckId))
            scheduler.Set(Key(check), after > Floor ? after : Floor, () => _ = ReapAsync(check));
    }

    public void Removed(HealthCheck check)
    {
        if (_running.Remove(check.CheckId))
            scheduler.Cancel(Key(check));
    }

    private Task ReapAsync(HealthCheck check)
    {
        var view = catalog();
        if (view.Check(check.Node, check.CheckId) is not { Status: CheckStatus.Critical } now || now.ServiceId != check.ServiceId)
            return Task.CompletedTask;
        log.LogWarning(
            "Service {ServiceId} is deregistered: its check {CheckId} was critical for {Time}",
            now.ServiceId, now.CheckId, DurationText.Format(now.Definition.DeregisterCriticalServiceAfter));
        return reporter.ProposeAsync(
            new Deregister { Node = now.Node, ServiceIds = [.. SidecarTranslator.WithSidecar(view, now.Node, now.ServiceId)] }, stopping);
    }

    private static string Key(HealthCheck check) => $"reap {check.CheckId}";
}
