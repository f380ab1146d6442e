using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>What one check that is probed keeps between two looks; all that it costs while idle.</summary>
internal sealed class ProbeState(HealthCheck check, long since)
{
    /// <summary>The newest version from the catalog.</summary>
    public HealthCheck Check { get; set; } = check;

    /// <summary>When this definition was first seen, a timestamp.</summary>
    public long Since { get; } = since;

    public CheckThresholds Thresholds { get; } = new(check.Definition);

    /// <summary>False until the first success: the check is looked at more often then, so that a new instance is used as soon as it is up.</summary>
    public bool HasPassed { get; set; } = check.Status != CheckStatus.Critical;
}
