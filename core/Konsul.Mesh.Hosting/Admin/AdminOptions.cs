using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Telemetry.Logging;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Hosting.Admin;

/// <summary>What the admin endpoint shows and can do.</summary>
/// <param name="Address">Where to listen; port 0 asks for a free one.</param>
/// <param name="DrainTimeout">For <c>POST /drain</c>.</param>
public sealed record AdminOptions(
    HostPort Address, MetricRegistry Metrics, Readiness Readiness, Drain Drain, TimeSpan DrainTimeout, LoggingSetup Logging)
{
    public static AdminOptions From(ProgramContext context, HostPort address, TimeSpan drainTimeout) =>
        new(address, context.Metrics, context.Readiness, context.Drain, drainTimeout, context.Logging);
}
