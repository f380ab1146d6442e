using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Simulation.Faults;

namespace Konsul.Mesh.Simulation.Tests;

/// <summary>
/// Each rule of the host is needed: without it some seed goes wrong. Also shows that the simulation can fail. The four rules that are not here
/// matter where worlds hardly ever come to; each has a test of its own beside the code (AppendLoopTests, ApplyLoopTests, StorageSinkTests,
/// RuleScenarioTests of Raft.Host).
/// </summary>
public sealed class HostRuleTests
{
    /// <summary>Far more than any of them takes.</summary>
    private const int Seeds = 1500;

    [Theory]
    [InlineData(HostRules.SyncBatches, "")]
    [InlineData(HostRules.AnswerAfterWrite, "")]
    [InlineData(HostRules.DropConflicts, nameof(FocusedPlans.SlowDisks))]
    [InlineData(HostRules.DropUnwrittenConflicts, nameof(FocusedPlans.SlowDisks))]
    [InlineData(HostRules.WriteVote, "")]
    [InlineData(HostRules.ReadWaitsForApply, "")]
    [InlineData(HostRules.ForwardedOnce, "")]
    [InlineData(HostRules.ForwardedInTerm, nameof(FocusedPlans.Deposals))]
    [InlineData(HostRules.UnknownWaitsForTerm, nameof(FocusedPlans.Deposals))]
    [InlineData(HostRules.SnapshotAfterFence, "")]
    [InlineData(HostRules.StopOnDiskError, "")]
    [InlineData(HostRules.SnapshotHidesOutcomes, "")]
    [InlineData(HostRules.MembersBeforeApply, "")]
    [InlineData(HostRules.LostIsUnknown, "")]
    [InlineData(HostRules.SyncNames, "")]
    [InlineData(HostRules.PersistMembers, nameof(FocusedPlans.Removals))]
    internal void Rule_TakenAway_IsMissedBySomeSeed(HostRules rule, string plan)
    {
        var found = Enumerable.Range(1, Seeds)
            .AsParallel()
            .WithDegreeOfParallelism(Environment.ProcessorCount)
            .Any(seed => !Simulator.Run(new SimulationOptions
            {
                Seed = (ulong)seed,
                Plan = FocusedPlans.Find(plan),
                HostRules = HostRules.All & ~rule,
            }).IsOk);

        Assert.True(found, $"{Seeds} seeds went well without {rule}");
    }

    [Theory]
    [InlineData(nameof(FocusedPlans.Removals))]
    [InlineData(nameof(FocusedPlans.Deposals))]
    [InlineData(nameof(FocusedPlans.TornWrites))]
    [InlineData(nameof(FocusedPlans.SlowDisks))]
    [InlineData(nameof(FocusedPlans.SlowElections))]
    [InlineData(nameof(FocusedPlans.Snapshots))]
    public void Plan_WithAllRules_GoesWell(string plan)
    {
        var violations = Enumerable.Range(1, 40)
            .Select(seed => Simulator.Run(new SimulationOptions { Seed = (ulong)seed, Plan = FocusedPlans.Find(plan) }))
            .Where(r => !r.IsOk)
            .Select(r => $"seed {r.Seed}: {r.Violation!.Message}");

        Assert.Empty(violations);
    }
}
