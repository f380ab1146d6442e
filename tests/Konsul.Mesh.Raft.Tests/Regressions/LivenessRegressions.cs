using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Regressions;

/// <summary>Groups that had a majority and no leader, or a leader that nobody could get rid of.</summary>
public sealed class LivenessRegressions
{
    /// <summary>etcd #8501, #8498: an older term with the longer log and a newer term with the shorter one waited for each other.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Election_OldTermLongLogAndNewTermShortLog_ComesToALeader(bool preVote, bool checkQuorum)
    {
        var cluster = new TestCluster(3, o => o with { PreVote = preVote, CheckQuorum = checkQuorum });
        cluster[3].Disk.HardState = new HardState(9, 0, 1);
        cluster[3].Restart();
        cluster[1].Disk.Append([new Entry(1, 2, EntryType.Normal, "long"u8.ToArray())]);
        cluster[1].Restart();
        cluster.Isolate(2);

        cluster.TickAll(60);

        Assert.True(cluster[1].IsLeader);
    }

    /// <summary>etcd #8243.</summary>
    [Fact]
    public void Election_IsolatedNodeReturnsWhileTheLeaderDies_ComesToALeader()
    {
        var cluster = new TestCluster(3).Elect(1).Isolate(3).TickAll(80);
        Assert.Equal(RaftRole.PreCandidate, cluster[3].Status.SoftState.Role);
        Assert.Equal(0UL, cluster[3].Status.SoftState.Leader);

        cluster.Heal();
        cluster[1].IsDown = true;
        cluster.TickAll(60);

        Assert.Contains(cluster.Nodes.Values, n => n.IsLeader);
    }

    /// <summary>openraft #1796: the same deadlock in a joint configuration.</summary>
    [Fact]
    public void Election_InAJointConfiguration_RefusalHandsOverTheTerm()
    {
        var cluster = new TestCluster(3);
        var joint = new ConfState { Voters = [1, 2, 3], VotersOutgoing = [1, 2, 3], AutoLeave = true };
        foreach (var node in cluster.Nodes.Values)
        {
            node.Disk.ApplySnapshot(new Snapshot(2, 1, joint));
            node.Disk.HardState = new HardState(node.Raft.Id == 3 ? 9UL : 1, 0, 2);
        }

        cluster[1].Disk.Append([new Entry(1, 3, EntryType.Normal, "long"u8.ToArray())]);
        foreach (var node in cluster.Nodes.Values)
        {
            node.Restart();
        }

        cluster.Isolate(2).TickAll(60);

        Assert.True(cluster[1].IsLeader);
        Assert.False(cluster.Heal().TickAll(5)[1].Status.Members.IsJoint);
    }

    /// <summary>redpanda PR 30817: a follower behind, but in contact, started pre-votes for ever.</summary>
    [Fact]
    public void Append_RefusedForAGap_StillCountsAsContact()
    {
        var cluster = new TestCluster(3).Elect(1);
        var term = cluster[1].Status.HardState.Term;
        for (var i = 0; i < 40; i++)
        {
            cluster[3].Raft.Tick();
            Assert.Equal(RaftRole.Follower, cluster[3].Status.SoftState.Role);
            cluster[3].Raft.Step(new Message { Type = MessageType.App, From = 1, To = 3, Term = term, Index = 1000, LogTerm = term });
        }
    }

    /// <summary>hashicorp/raft #605: voters refused their former leader.</summary>
    [Fact]
    public void PreVote_OfTheLeaderThatSteppedDown_IsNotHeldBackByItsOwnLease()
    {
        var cluster = new TestCluster(3).Elect(1);
        cluster[3].IsDown = true;
        cluster.Isolate(1).Tick(1, 10).Tick(1, 10).Pump(1);
        Assert.False(cluster[1].IsLeader);
        Assert.Equal(1UL, cluster[2].Status.SoftState.Leader);

        cluster.Heal();
        cluster[1].Raft.Campaign();
        cluster.Settle();

        Assert.True(cluster[1].IsLeader);
    }

    /// <summary>hashicorp/raft #609: pre-votes that were granted kept a follower from its own election.</summary>
    [Fact]
    public void PreVote_Granted_DoesNotCountAsContactWithALeader()
    {
        var cluster = new TestCluster(3);
        for (var i = 0; i < 25; i++)
        {
            cluster[1].Raft.Tick();
            cluster[1].Raft.Step(new Message { Type = MessageType.PreVote, From = 3, To = 1, Term = 2, Index = 1, LogTerm = 1 });
        }

        Assert.Equal(RaftRole.PreCandidate, cluster[1].Status.SoftState.Role);
    }

    /// <summary>hashicorp/raft #524, logcabin #56: who was removed while away came back and disturbed.</summary>
    [Fact]
    public void RemovedNode_ReturnsWithoutKnowing_DisturbsNobody()
    {
        var cluster = new TestCluster(4).Elect(1).Isolate(4);
        cluster.Change(1, ConfChangeType.Remove, 4).TickAll(60);
        var term = cluster[1].Status.HardState.Term;

        cluster.Heal().TickAll(100);

        Assert.True(cluster[1].IsLeader);
        Assert.Equal(term, cluster[1].Status.HardState.Term);
    }

    /// <summary>canonical/raft #203: a heartbeat stopped the candidate of a transfer in its pre-vote.</summary>
    [Fact]
    public void Transfer_HeartbeatArrivesAfterTheTargetBegan_StillHandsOver()
    {
        var cluster = new TestCluster(3).Elect(1).TickAll(1);
        cluster[1].Raft.TransferLeader(2);
        cluster.Deliver(m => m.Type == MessageType.TimeoutNow);
        cluster[1].Raft.Tick();
        cluster.Deliver(m => m.Type == MessageType.Heartbeat);
        cluster.Settle();

        Assert.True(cluster[2].IsLeader);
    }

    /// <summary>openraft PR 1839: a leader told to stand for election blocked itself.</summary>
    [Fact]
    public void Campaign_OnTheLeader_DoesNothing()
    {
        var cluster = new TestCluster(3).Elect(1);
        var before = cluster[1].Status.HardState;

        cluster[1].Raft.Campaign();
        cluster.Settle();

        Assert.True(cluster[1].IsLeader);
        Assert.Equal(before, cluster[1].Status.HardState);
    }

    /// <summary>raft-rs #83, #84.</summary>
    [Fact]
    public void PreCandidate_OfAnEarlierRound_KeepsNoVotesAndNoLeader()
    {
        var cluster = new TestCluster(5).Elect(1).TickAll(1);
        cluster.Isolate(2).Tick(2, 30);
        cluster[2].Raft.Step(new Message { Type = MessageType.PreVoteResp, From = 3, To = 2, Term = cluster[2].Status.HardState.Term + 1 });
        Assert.Equal(new SoftState(0, RaftRole.PreCandidate), cluster[2].Status.SoftState);

        cluster.Pump(2);
        cluster[2].Raft.Campaign();
        cluster[2].Raft.Step(new Message { Type = MessageType.PreVoteResp, From = 4, To = 2, Term = cluster[2].Status.HardState.Term + 1 });
        cluster.Pump(2);

        Assert.Equal(RaftRole.PreCandidate, cluster[2].Status.SoftState.Role);
    }

    /// <summary>hashicorp/raft #581: writes accepted during a transfer put another node ahead of the target.</summary>
    [Fact]
    public void Transfer_UnderWay_TakesNoProposalsAndResumesWhenItFails()
    {
        var cluster = new TestCluster(3).Elect(1).TickAll(1).Isolate(2);
        cluster[1].Raft.TransferLeader(2);

        Assert.Equal(StepOutcome.TransferInProgress, cluster[1].Raft.Propose("x"u8.ToArray()).Outcome);
        cluster.TickAll(10);
        Assert.True(cluster[1].Raft.Propose("x"u8.ToArray()).IsOk);
    }

    /// <summary>etcd #12359, and found here by the random runs: of two voters the removed leader ended with the longer log, and the other one could neither
    /// win nor learn that it needs no vote.</summary>
    [Fact]
    public void RemovedLeader_OfTwoVoters_LeavesAnElectableNode()
    {
        var cluster = new TestCluster(2).Elect(1);
        cluster[1].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.Remove, 1));
        cluster.Propose(1, "only in the log of 1");
        cluster.Take(m => m.Entries is [{ Type: EntryType.Normal }, ..]);
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster.Deliver(m => m.Type == MessageType.AppResp);
        cluster.Pump(1);
        cluster.Take(_ => true);
        Assert.DoesNotContain(1UL, cluster[1].Members.Voters);

        cluster.TickAll(60);

        Assert.True(cluster[2].IsLeader);
        Assert.Equal([2UL], cluster[2].Members.Voters);
    }

    /// <summary>A candidate learns from a refusal that it is no member any more while other votes are still on their way: found by the random runs.</summary>
    [Fact]
    public void Candidate_LearnsThatItWasRemoved_IsNotElected()
    {
        var cluster = new TestCluster(3, o => o with { PreVote = false, CheckQuorum = false }).Elect(1);
        cluster[1].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.Remove, 3));
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster.Isolate(3).Settle().Propose(1, "x").Take(_ => true);
        cluster.Heal();
        Assert.Equal([1UL, 2], cluster[1].Members.Voters);
        Assert.Equal([1UL, 2, 3], cluster[3].Members.Voters);

        cluster[3].Raft.Campaign();
        cluster.Deliver(m => m.Type == MessageType.Vote && m.To == 1);
        cluster.Deliver(m => m.Type == MessageType.VoteResp);
        cluster.Take(_ => true);
        Assert.Equal([1UL, 2], cluster[3].Members.Voters);
        Assert.Equal(RaftRole.Follower, cluster[3].Status.SoftState.Role);
        cluster[3].Raft.Step(new Message { Type = MessageType.VoteResp, From = 2, To = 3, Term = cluster[3].Status.HardState.Term });

        Assert.Equal(RaftRole.Follower, cluster[3].Status.SoftState.Role);
    }

    /// <summary>The connection to the leader breaks at both followers: no need to wait for a timeout.</summary>
    [Fact]
    public void ForgetLeader_MajorityLostTheLeader_ElectsAnotherWithoutTicks()
    {
        var cluster = new TestCluster(3).Elect(1).TickAll(1);
        cluster[1].IsDown = true;
        Assert.True(cluster[2].Raft.ForgetLeader().IsOk);
        cluster[2].Raft.Campaign();
        cluster.Settle();
        Assert.False(cluster[2].IsLeader);

        cluster[3].Raft.ForgetLeader();
        cluster[2].Raft.Campaign();
        cluster.Settle();
        Assert.True(cluster[2].IsLeader);
    }

    /// <summary>Only one connection broke: the leader stays and its term too.</summary>
    [Fact]
    public void ForgetLeader_OnlyOneLinkFlapped_ChangesNothing()
    {
        var cluster = new TestCluster(3).Elect(1).TickAll(1);
        var before = cluster[1].Status.HardState;

        cluster[2].Raft.ForgetLeader();
        cluster[2].Raft.Campaign();
        cluster.TickAll(3);

        Assert.True(cluster[1].IsLeader);
        Assert.Equal(before, cluster[1].Status.HardState);
        Assert.Equal(new SoftState(1, RaftRole.Follower), cluster[2].Status.SoftState);
    }

    [Fact]
    public void ForgetLeader_WithLeaseReads_IsRefused()
    {
        var cluster = new TestCluster(3, o => o with { ReadMode = ReadMode.Lease }).Elect(1);

        Assert.Equal(StepOutcome.Refused, cluster[2].Raft.ForgetLeader().Outcome);
        Assert.Equal(1UL, cluster[2].Status.SoftState.Leader);
    }

    [Fact]
    public void Leader_HearsFromNobody_StepsDown()
    {
        var cluster = new TestCluster(3).Elect(1).Isolate(1);

        cluster.Tick(1, 10).Tick(1, 10);

        Assert.False(cluster[1].IsLeader);
    }

    /// <summary>Seed 28370 of the simulation: a transfer was under way when the joint configuration should have been left; as nothing was written
    /// afterwards, it was never tried again.</summary>
    [Fact]
    public void JointConfiguration_DueDuringATransferThatFails_IsLeftAfterIt()
    {
        var cluster = new TestCluster(3).Elect(1);
        cluster.Settle();
        cluster.Add(4);
        cluster.Isolate(3);
        var change = new ConfChange { Steps = [new(ConfChangeType.AddLearner, 4), new(ConfChangeType.Remove, 3)] };
        Assert.True(cluster[1].Raft.ProposeConfChange(change).IsOk);
        cluster.Deliver(m => m.Type == MessageType.App);
        Assert.True(cluster[1].Raft.TransferLeader(3).IsOk);
        cluster.Settle();
        Assert.True(cluster[1].Members.IsJoint);

        cluster.TickAll(3 * cluster[1].Options.ElectionTicks);

        Assert.False(cluster[1].Members.IsJoint);
        Assert.True(cluster[1].IsLeader);
    }
}
