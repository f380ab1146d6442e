using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.State.Cluster;

namespace Konsul.Mesh.Server.Tests.Operators;

public sealed class AutopilotPlanTests
{
    private static readonly AutopilotConfig Config = new() { CleanupDeadServers = true, ServerStabilizationTime = TimeSpan.FromSeconds(10) };

    [Theory]
    [InlineData(10, true, true)]
    [InlineData(9, true, false)]
    [InlineData(60, false, false)]
    public void Make_Learner_GetsAVoteWhenHealthyForLongEnough(int seconds, bool healthy, bool promoted)
    {
        var learner = Voter(4, healthy) with { IsVoter = false, StableFor = TimeSpan.FromSeconds(seconds) };

        var plan = AutopilotPlan.Make(new ClusterHealth([Leader(1), Voter(2), Voter(3), learner]), Config);

        Assert.Equal(promoted ? learner : null, plan.Promote);
        Assert.Null(plan.Remove);
    }

    [Fact]
    public void Make_DeadServerWithAReplacement_IsTakenOut()
    {
        var plan = AutopilotPlan.Make(new ClusterHealth([Leader(1), Voter(2), Dead(3), Voter(4) with { Name = "node-3" }]), Config);

        Assert.Equal("3", plan.Remove?.Id);
    }

    [Fact]
    public void Make_DeadServerWithoutAReplacement_Stays()
    {
        Assert.Null(AutopilotPlan.Make(new ClusterHealth([Leader(1), Voter(2), Dead(3)]), Config).Remove);
    }

    [Fact]
    public void Make_SlowServer_IsNotDead()
    {
        var slow = Dead(3) with { SinceContact = AutopilotPlan.DeadAfter - TimeSpan.FromMilliseconds(1) };

        Assert.Null(AutopilotPlan.Make(new ClusterHealth([Leader(1), Voter(2), slow, Voter(4) with { Name = "node-3" }]), Config).Remove);
    }

    [Fact]
    public void Make_RestWouldHaveNoMajority_NobodyIsTakenOut()
    {
        var health = new ClusterHealth([Leader(1), Dead(2), Dead(3), Voter(4, healthy: false), Voter(5) with { Name = "node-3", IsVoter = false }]);

        Assert.Null(AutopilotPlan.Make(health, Config).Remove);
    }

    [Fact]
    public void Make_FewerThanMinQuorumWouldVote_NobodyIsTakenOut()
    {
        var health = new ClusterHealth([Leader(1), Voter(2), Dead(3), Voter(4) with { Name = "node-3", IsVoter = false }]);

        Assert.Null(AutopilotPlan.Make(health, Config with { MinQuorum = 3 }).Remove);
        Assert.Equal("3", AutopilotPlan.Make(health, Config with { MinQuorum = 2 }).Remove?.Id);
    }

    [Fact]
    public void Make_CleanupOff_NobodyIsTakenOut()
    {
        var health = new ClusterHealth([Leader(1), Voter(2), Dead(3), Voter(4) with { Name = "node-3" }]);

        Assert.Null(AutopilotPlan.Make(health, Config with { CleanupDeadServers = false }).Remove);
    }

    private static ServerHealth Leader(ulong id) => Voter(id) with { IsLeader = true, SinceContact = TimeSpan.Zero };

    private static ServerHealth Dead(ulong id) => Voter(id, healthy: false) with { SinceContact = TimeSpan.FromMinutes(1) };

    private static ServerHealth Voter(ulong id, bool healthy = true) => new()
    {
        Id = $"{id}",
        Name = $"node-{id}",
        Address = "",
        IsVoter = true,
        IsHealthy = healthy,
        SinceContact = TimeSpan.FromMilliseconds(50),
    };
}
