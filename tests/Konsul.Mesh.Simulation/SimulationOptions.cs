using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Simulation.Faults;

namespace Konsul.Mesh.Simulation;

/// <summary>What makes a world.</summary>
internal sealed record SimulationOptions
{
    /// <summary>All chance comes from it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Null to draw one from the seed.</summary>
    public FaultPlan? Plan { get; init; }

    public RaftRules RaftRules { get; init; } = RaftRules.All;

    public HostRules HostRules { get; init; } = HostRules.All;

    /// <summary>More is taken for a world that never comes to rest. Default 3 million.</summary>
    public long MaxSteps { get; init; } = 3_000_000;

    /// <summary>Where every event is written to; null for nowhere.</summary>
    public TextWriter? FullTrace { get; init; }
}
