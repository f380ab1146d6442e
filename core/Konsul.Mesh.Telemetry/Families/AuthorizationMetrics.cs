using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Families;

/// <summary><c>konsul_proxy_authz_allowed_total</c> and <c>konsul_proxy_authz_denied_total</c>.</summary>
public sealed class AuthorizationMetrics
{
    private readonly CounterFamily _allowed;
    private readonly CounterFamily _denied;

    internal AuthorizationMetrics(MetricRegistry registry)
    {
        _allowed = registry.Counter(
            "konsul.proxy.authz.allowed", "{decision}", "Connections and requests that an intention or the default let in.",
            "intention_id", "source", "destination");
        _denied = registry.Counter(
            "konsul.proxy.authz.denied", "{decision}", "Connections and requests that an intention or the default refused.",
            "intention_id", "source", "destination");
    }

    /// <param name="intentionId">Empty when the default decided.</param>
    /// <param name="source">Service of the verified certificate; empty when there is none.</param>
    public CounterSeries Allowed(string intentionId, string source, string destination) => _allowed.With(intentionId, source, destination);

    public CounterSeries Denied(string intentionId, string source, string destination) => _denied.With(intentionId, source, destination);
}
