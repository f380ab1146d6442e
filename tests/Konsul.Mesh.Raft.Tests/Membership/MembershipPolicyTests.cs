using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Membership;

public sealed class MembershipPolicyTests
{
    [Theory]
    [InlineData(ConfChangeType.AddLearner, 9, null)]
    [InlineData(ConfChangeType.AddLearner, 2, "2 is a voter; remove it instead")]
    [InlineData(ConfChangeType.AddVoter, 9, "9 must be a learner first")]
    [InlineData(ConfChangeType.AddVoter, 4, null)]
    [InlineData(ConfChangeType.AddVoter, 5, "5 has not caught up")]
    [InlineData(ConfChangeType.Remove, 9, "9 is not a member")]
    [InlineData(ConfChangeType.Remove, 3, null)]
    [InlineData(ConfChangeType.Remove, 2, "only 1 of the 2 voters that would be left have caught up")]
    public void WhyNot_OneStep_JudgesIt(ConfChangeType type, ulong id, string? reason)
    {
        var cluster = new TestCluster(3, learners: 2).Elect(1).TickAll(2).Isolate(3, 5).Propose(1, "x").Settle();

        Assert.Equal(reason, MembershipPolicy.WhyNot(cluster[1].Status, ConfChange.Of(type, id)));
    }

    [Fact]
    public void WhyNot_OnAFollower_RefusesToJudge()
    {
        var cluster = new TestCluster(3).Elect(1);

        Assert.Equal(
            "only the leader can judge a change of members",
            MembershipPolicy.WhyNot(cluster[2].Status, ConfChange.Of(ConfChangeType.Remove, 3)));
    }

    [Fact]
    public void WhyNot_ReplaceInOneStep_IsFineWhenTheNewOneHasCaughtUp()
    {
        var cluster = new TestCluster(3, learners: 1).Elect(1).TickAll(2);
        var change = new ConfChange { Steps = [new(ConfChangeType.AddVoter, 4), new(ConfChangeType.Remove, 3)] };

        Assert.Null(MembershipPolicy.WhyNot(cluster[1].Status, change));
        Assert.Equal(
            "a joint configuration must leave itself",
            MembershipPolicy.WhyNot(cluster[1].Status, change with { Transition = ConfChangeTransition.JointExplicit }));
    }

    /// <summary>etcd-io/raft #372: two of three voters go at once, and the one that is left lags.</summary>
    [Fact]
    public void WhyNot_OnlyALaggingVoterWouldBeLeft_Refuses()
    {
        var cluster = new TestCluster(3).Elect(1).TickAll(2).Isolate(3).Propose(1, "x").Settle();
        var change = new ConfChange { Steps = [new(ConfChangeType.Remove, 1), new(ConfChangeType.Remove, 2)] };

        Assert.Equal("only 0 of the 1 voters that would be left have caught up", MembershipPolicy.WhyNot(cluster[1].Status, change));
    }
}
