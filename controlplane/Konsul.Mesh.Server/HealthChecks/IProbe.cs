using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>One look at a target. Whatever the target does is a result; only the token's cancellation throws.</summary>
internal interface IProbe
{
    Task<ProbeResult> RunAsync(HealthCheck check, CancellationToken cancellationToken);
}
