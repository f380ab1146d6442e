using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Model;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Logging;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Server.Startup;

/// <summary>What the server takes from the program around it; a test gives its own clock and sinks.</summary>
internal sealed record ServerParts(
    TimeProvider Time, MetricRegistry Metrics, MeshMetrics Mesh, LoggingSetup Logging, Readiness Readiness, Drain Drain, IRandom Random)
{
    /// <summary>Reads the options again, as SIGHUP does.</summary>
    public Action Reload { get; init; } = static () => { };

    public static ServerParts Of(ProgramContext context) =>
        new(context.Time, context.Metrics, context.Mesh, context.Logging, context.Readiness, context.Drain, SystemRandom.Instance)
        { Reload = () => context.Reload(null) };
}
