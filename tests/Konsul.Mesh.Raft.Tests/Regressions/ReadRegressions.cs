using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Regressions;

/// <summary>Reads that other systems got wrong.</summary>
public sealed class ReadRegressions
{
    /// <summary>etcd #20418, etcd-io/raft PR 397.</summary>
    [Fact]
    public void ReadIndex_LateAcksOfTheFirstTry_DoNotConfirmTheSecond()
    {
        var cluster = new TestCluster(3).Elect(1);
        Assert.True(cluster[1].Raft.ReadIndex(out _).IsOk);
        cluster.Deliver(m => m.Type == MessageType.Heartbeat);
        var late = cluster.Take(m => m.Type == MessageType.HeartbeatResp);
        Assert.Equal(2, late.Count);

        cluster.Isolate(1).Elect(2).Propose(2, "new").Settle();
        Assert.True(cluster[1].Raft.ReadIndex(out var second).IsOk);
        foreach (var message in late)
        {
            cluster[1].Raft.Step(message);
        }

        cluster.PumpAll();
        Assert.DoesNotContain(cluster[1].Reads, read => read.Number == second);
    }

    /// <summary>etcd #7331, #12762.</summary>
    [Fact]
    public void ReadIndex_OnALeaderThatHasNotCommittedInItsTerm_Waits()
    {
        var cluster = new TestCluster(3).Elect(1).Propose(1, "acknowledged");
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster.Deliver(m => m.Type == MessageType.AppResp);
        var acknowledged = cluster[1].Status.HardState.Commit;
        cluster.Take(_ => true);

        cluster.Isolate(1).WinVotes(2);
        Assert.True(cluster[2].Status.HardState.Commit < acknowledged);

        cluster[2].Raft.ReadIndex(out _);
        cluster.Pump(2);
        Assert.Empty(cluster[2].Reads);
        cluster.Settle();
        Assert.True(Assert.Single(cluster[2].Reads).Index >= acknowledged);
    }

    /// <summary>etcd-io/raft PR 105: after a restart the commit index may be older than what was acknowledged.</summary>
    [Fact]
    public void ReadIndex_OnASingletonJustRestarted_SeesWhatWasAcknowledged()
    {
        var cluster = new TestCluster(1).Elect(1).Propose(1, "acknowledged").Settle();
        var acknowledged = cluster[1].AppliedIndex;
        cluster[1].Disk.HardState = cluster[1].Disk.HardState with { Commit = 1 };

        cluster[1].Restart();
        cluster[1].Raft.Campaign();
        while (!cluster[1].Status.IsLeader)
        {
            cluster[1].TakeReady();
        }

        cluster[1].Raft.ReadIndex(out _);
        cluster.Settle();
        Assert.True(Assert.Single(cluster[1].Reads).Index > acknowledged);
    }

    /// <summary>etcd 3.4.42 (PR 21385).</summary>
    [Fact]
    public void ReadIndex_LeadershipEndsBeforeTheAcks_IsNeverAnswered()
    {
        var cluster = new TestCluster(3).Elect(1);
        cluster[1].Raft.ReadIndex(out _);
        cluster.Deliver(m => m.Type == MessageType.Heartbeat);
        var acks = cluster.Take(m => m.Type == MessageType.HeartbeatResp);

        cluster.Tick(1, 10).Tick(1, 10).Pump(1);
        Assert.False(cluster[1].IsLeader);
        acks.ForEach(m => cluster[1].Raft.Step(m));
        cluster.Settle().Elect(1);

        Assert.Empty(cluster[1].Reads);
    }

    /// <summary>MicroRaft c768342, 8cef993.</summary>
    [Fact]
    public void ReadIndex_OnlyLearnersAnswer_IsNotConfirmed()
    {
        var cluster = new TestCluster(3, learners: 3).Elect(1).Isolate(2, 3);

        cluster[1].Raft.ReadIndex(out _);
        cluster.Settle();
        Assert.Empty(cluster[1].Reads);

        cluster.Heal().TickAll(1);
        Assert.Single(cluster[1].Reads);
    }

    /// <summary>A lease that counted from the answer, which may be long on its way, outlived the followers' patience (raft-rs #141, #169).</summary>
    [Fact]
    public void LeaseRead_AnswersWereLongOnTheirWay_FallsBackToAQuorum()
    {
        var cluster = new TestCluster(3, o => o with { ReadMode = ReadMode.Lease }).Elect(1).TickAll(1);
        cluster[1].Raft.ReadIndex(out _);
        cluster.Pump(1);
        Assert.Single(cluster[1].Reads);

        cluster.Tick(1, 1);
        cluster.Deliver(m => m.Type == MessageType.Heartbeat);
        var answers = cluster.Take(m => m.Type == MessageType.HeartbeatResp);
        cluster.Isolate(1).Tick(1, 8).Pump(1);
        answers.ForEach(m => cluster[1].Raft.Step(m));

        cluster[1].Raft.ReadIndex(out _);
        cluster.Pump(1);
        Assert.Single(cluster[1].Reads);
    }

    /// <summary>Nobody may be elected while a lease runs, also not by a voter that forgot in a restart that it renewed it.</summary>
    [Fact]
    public void LeaseRead_FollowerRestarts_DoesNotVoteBeforeTheLeaseHasRunOut()
    {
        var cluster = new TestCluster(3, o => o with { ReadMode = ReadMode.Lease }).Elect(1).TickAll(2).Isolate(1);
        cluster[3].Restart();
        cluster.Tick(2, 20).Settle();
        Assert.False(cluster[2].IsLeader);

        cluster.TickAll(40);
        Assert.True(cluster[2].IsLeader || cluster[3].IsLeader);
    }

    /// <summary>The word to campaign at once may arrive late, and no lease holds that vote back.</summary>
    [Fact]
    public void LeaseRead_AfterATransferWasGivenUp_AsksTheQuorum()
    {
        var cluster = new TestCluster(3, o => o with { ReadMode = ReadMode.Lease }).Elect(1).TickAll(1);
        cluster[1].Raft.TransferLeader(2);
        var late = cluster.Take(m => m.Type == MessageType.TimeoutNow);
        cluster.TickAll(10);
        Assert.True(cluster[1].IsLeader);
        Assert.Single(late);

        cluster[1].Raft.ReadIndex(out _);
        cluster.Pump(1);
        Assert.Empty(cluster[1].Reads);
        cluster.Settle();
        Assert.Single(cluster[1].Reads);
    }

    /// <summary>RedisRaft, etcd 0.4.1 and Consul by default (Jepsen 2014, 2020): a deposed leader that does not know it yet.</summary>
    [Theory]
    [InlineData(ReadMode.Quorum)]
    [InlineData(ReadMode.Lease)]
    public void ReadIndex_OnADeposedLeader_IsNeverAnswered(ReadMode mode)
    {
        var cluster = new TestCluster(3, o => o with { ReadMode = mode }).Elect(1).Isolate(1);
        cluster.TickAll(9);
        Assert.True(cluster[1].IsLeader);
        cluster.Tick(2, 30).Tick(3, 30).Settle();
        cluster.Tick(2, 30).Settle();
        Assert.Contains(cluster.Nodes.Values, n => n.Raft.Id != 1 && n.IsLeader);

        cluster[1].Raft.ReadIndex(out _);
        cluster.Settle();
        Assert.Empty(cluster[1].Reads);
    }

    [Fact]
    public void ReadIndex_ManyWhileARoundIsUnderWay_ShareTheNextRound()
    {
        var cluster = new TestCluster(3).Elect(1);
        for (var i = 0; i < 100; i++)
        {
            cluster[1].Raft.ReadIndex(out _);
        }

        cluster.Pump(1);
        Assert.Equal(2, cluster.InFlight.Count(m => m.Type == MessageType.Heartbeat));
        cluster.Deliver(m => m.Type == MessageType.Heartbeat);
        cluster.Deliver(m => m.Type == MessageType.HeartbeatResp);
        cluster.Pump(1);
        Assert.Single(cluster[1].Reads);
        Assert.Equal(2, cluster.InFlight.Count(m => m.Type == MessageType.Heartbeat));
        cluster.Settle();
        Assert.Equal(100, cluster[1].Reads.Count);
    }

    [Fact]
    public void ReadIndex_OnAFollower_IsAnsweredByTheLeader()
    {
        var cluster = new TestCluster(3).Elect(1).Propose(1, "a").Settle();

        Assert.True(cluster[2].Raft.ReadIndex(out var number).IsOk);
        cluster.Settle();

        Assert.Equal(new ReadState(number, cluster[1].AppliedIndex), Assert.Single(cluster[2].Reads));
    }

    /// <summary>Numbers begin anew at a restart; without the epoch an answer from before would be taken for one from after.</summary>
    [Fact]
    public void ReadIndex_AnswerToAReadFromBeforeARestart_MatchesNoReadFromAfter()
    {
        var cluster = new TestCluster(3).Elect(1);
        cluster[2].Raft.ReadIndex(out var before);
        cluster.Deliver(m => m.Type == MessageType.ReadIndex);
        cluster.Deliver(m => m.Type == MessageType.Heartbeat);
        cluster.Deliver(m => m.Type == MessageType.HeartbeatResp);
        cluster[2].Restart();
        cluster[2].Raft.ReadIndex(out var after);

        Assert.NotEqual(before, after);
    }

    [Fact]
    public void ReadIndex_MoreThanMayWait_IsRefused()
    {
        var cluster = new TestCluster(3, o => o with { MaxPendingReads = 2 }).Elect(1).Isolate(1);
        cluster[1].Raft.ReadIndex(out _);
        cluster[1].Raft.ReadIndex(out _);

        Assert.Equal(StepOutcome.Overloaded, cluster[1].Raft.ReadIndex(out _).Outcome);
    }

    [Fact]
    public void ReadIndex_WithoutALeader_SaysSo()
    {
        var cluster = new TestCluster(3);

        Assert.Equal(StepOutcome.NoLeader, cluster[1].Raft.ReadIndex(out _).Outcome);
    }

    /// <summary>The group shrinks to one voter while a read waits: nobody is left whose answer could confirm it.</summary>
    [Fact]
    public void ReadIndex_LastOtherVoterIsRemovedMeanwhile_IsAnswered()
    {
        var cluster = new TestCluster(2).Elect(1);
        cluster[1].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.Remove, 2));
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster[1].Raft.ReadIndex(out _);
        cluster.Take(m => m.Type == MessageType.Heartbeat);
        cluster.Deliver(m => m.Type == MessageType.AppResp);
        cluster.Settle();

        Assert.Single(cluster[1].Reads);
    }
}
