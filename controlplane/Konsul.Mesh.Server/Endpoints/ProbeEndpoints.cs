using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary>What orchestrators and Prometheus ask for. Needs no token.</summary>
internal sealed class ProbeEndpoints(MetricRegistry registry, Readiness readiness, Drain drain) : IEndpoints
{
    private readonly MetricsHandler _metrics = new(registry);
    private readonly ReadinessHandler _ready = new(readiness, () => drain.IsDraining);

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/metrics") { Access = Access.Open }.Get(c => _metrics.HandleAsync(c.Http)),
        new ApiRoute("/health") { Access = Access.Open }.Get(ReadyAsync),
        new ApiRoute("/health/ready") { Access = Access.Open }.Get(ReadyAsync),
        new ApiRoute("/health/live") { Access = Access.Open }.Get(static c => c.TextAsync(200, "alive\n")),
    ];

    private Task ReadyAsync(ApiContext context) => _ready.HandleAsync(context.Http);
}
