using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests;

public sealed class RaftNodeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Propose_OnTheLeader_IsAppliedEverywhere(bool async)
    {
        var cluster = new TestCluster(3, o => o with { AsyncStorageWrites = async }).Elect(1);

        cluster.Propose(1, "a").Propose(1, "b").Settle().TickAll(1);

        Assert.All(cluster.Nodes.Keys, id => Assert.Equal(["a", "b"], cluster.Texts(id)));
    }

    [Fact]
    public void Propose_OnAFollower_ReachesTheLeader()
    {
        var cluster = new TestCluster(3).Elect(1).Propose(2, "a").Settle();

        Assert.Equal(["a"], cluster.Texts(1));
    }

    [Fact]
    public void Propose_ForwardingOff_NamesTheLeader()
    {
        var cluster = new TestCluster(3, o => o with { ForwardProposals = false }).Elect(1);

        Assert.Equal(new StepResult(StepOutcome.NotLeader, 1), cluster[2].Raft.Propose("a"u8.ToArray()));
    }

    /// <summary>A second hop would name a sender that is not the one on the connection.</summary>
    [Fact]
    public void Propose_ForwardedToANodeThatLeadsNoMore_IsNotForwardedAgain()
    {
        var cluster = new TestCluster(3).Elect(1);

        var result = cluster[2].Raft.Step(new Message
        {
            Type = MessageType.Prop,
            From = 3,
            To = 2,
            Entries = [new Entry(0, 0, EntryType.Normal, "a"u8.ToArray())],
        });

        Assert.Equal(new StepResult(StepOutcome.NotLeader, 1), result);
    }

    [Fact]
    public void Propose_WhatIsNotAllowed_SaysWhy()
    {
        var cluster = new TestCluster(3, o => o with { MaxProposalBytes = 10, MaxUncommittedBytes = 16 });
        Assert.Equal(StepOutcome.NoLeader, cluster[1].Raft.Propose("a"u8.ToArray()).Outcome);

        cluster.Elect(1).Isolate(1);
        Assert.Equal(StepOutcome.Malformed, cluster[1].Raft.Propose(default).Outcome);
        Assert.Equal(StepOutcome.TooLarge, cluster[1].Raft.Propose(new byte[11]).Outcome);
        Assert.True(cluster[1].Raft.Propose(new byte[10]).IsOk);
        Assert.Equal(StepOutcome.Overloaded, cluster[1].Raft.Propose(new byte[10]).Outcome);
        Assert.True(cluster[1].Raft.Propose(new byte[6]).IsOk);
    }

    [Fact]
    public void TransferLeader_AskedOfAFollower_HandsOver()
    {
        var cluster = new TestCluster(3).Elect(1).TickAll(1);

        cluster[3].Raft.TransferLeader(2);
        cluster.Settle();

        Assert.True(cluster[2].IsLeader);
    }

    [Fact]
    public void ProposeConfChange_RemovingTheLastVoter_IsRefusedAndHarmless()
    {
        var cluster = new TestCluster(1).Elect(1);

        var result = cluster[1].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.Remove, 1));
        cluster.Propose(1, "after").Settle();

        Assert.Equal((StepOutcome.Refused, "removed all voters"), (result.Outcome, result.Reason));
        Assert.Equal(["after"], cluster.Texts(1));
    }

    [Fact]
    public void ApplyConfChange_LearnerThenVoter_VotesAndHoldsEverything()
    {
        var cluster = new TestCluster(3).Elect(1).Propose(1, "a").Settle();
        cluster.Add(4);

        cluster.Change(1, ConfChangeType.AddLearner, 4).TickAll(3);
        cluster.Change(1, ConfChangeType.AddVoter, 4).TickAll(3);

        Assert.Equal([1UL, 2, 3, 4], cluster[4].Members.Voters);
        Assert.Equal(["a"], cluster.Texts(4));
    }

    [Fact]
    public void ApplyConfChange_ReplaceInOneStep_LeavesTheJointConfigurationByItself()
    {
        var cluster = new TestCluster(3, learners: 1).Elect(1);

        var change = new ConfChange { Steps = [new(ConfChangeType.AddVoter, 4), new(ConfChangeType.Remove, 3)] };
        Assert.True(cluster[1].Raft.ProposeConfChange(change).IsOk);
        cluster.TickAll(3);

        Assert.Equal(new ConfState { Voters = [1, 2, 4] }, cluster[1].Members);
    }

    [Fact]
    public void TakeReady_WithoutAdvance_IsRefused()
    {
        var cluster = new TestCluster(1);
        cluster[1].Raft.Campaign();
        cluster[1].Raft.TakeReady();

        Assert.Throws<InvalidOperationException>(() => cluster[1].Raft.TakeReady());
    }

    [Fact]
    public void Advance_WithAsynchronousStorage_IsRefused()
    {
        var cluster = new TestCluster(1, o => o with { AsyncStorageWrites = true });

        Assert.Throws<InvalidOperationException>(cluster[1].Raft.Advance);
    }

    public static TheoryData<string, Func<RaftOptions, RaftOptions>> Impossible => new()
    {
        { nameof(RaftOptions.Id), o => o with { Id = 0 } },
        { nameof(RaftOptions.Id), o => o with { Id = LocalTarget.Apply } },
        { nameof(RaftOptions.HeartbeatTicks), o => o with { HeartbeatTicks = 0 } },
        { nameof(RaftOptions.ElectionTicks), o => o with { ElectionTicks = 1 } },
        { nameof(RaftOptions.MaxInflightMessages), o => o with { MaxInflightMessages = 0 } },
        { nameof(RaftOptions.MaxInflightBytes), o => o with { MaxInflightBytes = 1 } },
        { nameof(RaftOptions.MaxPendingReads), o => o with { MaxPendingReads = 0 } },
        { nameof(RaftOptions.MaxProposalBytes), o => o with { MaxProposalBytes = -1 } },
        { nameof(RaftOptions.ReadMode), o => o with { ReadMode = ReadMode.Lease, CheckQuorum = false } },
        { nameof(RaftOptions.LeaseTicks), o => o with { LeaseTicks = 10 } },
    };

    [Theory]
    [MemberData(nameof(Impossible), DisableDiscoveryEnumeration = true)]
    public void Start_ImpossibleOption_IsNamed(string option, Func<RaftOptions, RaftOptions> change)
    {
        var options = new TestCluster(1)[1].Options;

        Assert.Equal(option, Assert.Throws<ArgumentException>(() => new RaftNode(change(options))).ParamName);
    }

    [Fact]
    public void Trace_OfALevelNobodyListensTo_IsNotBuilt()
    {
        var trace = new ListTrace(RaftTraceLevel.Warning);
        new TestCluster(1, o => o with { Trace = trace }).Elect(1);
        Assert.Empty(trace.Lines);

        trace = new ListTrace(RaftTraceLevel.Info);
        new TestCluster(1, o => o with { Trace = trace }).Elect(1);
        Assert.Contains(trace.Lines, line => line.Contains("became leader", StringComparison.Ordinal));
    }

    private sealed class ListTrace(RaftTraceLevel from) : IRaftTrace
    {
        public List<string> Lines { get; } = [];

        public bool IsEnabled(RaftTraceLevel level) => level >= from;

        public void Write(RaftTraceLevel level, string line) => Lines.Add(line);
    }
}
