using Konsul.Mesh.Raft.Host.Consensus;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

/// <summary>A leader's process is gone and the others know it: none of them may have to wait for an election timeout.</summary>
public sealed class FailoverTests
{
    private readonly DriverTrio _trio = new();

    [Fact]
    public void LeaderGone_BothNoticeAtOnce_OneLeadsWithoutAContest()
    {
        _trio.Kill(3);
        Lose(1);
        Lose(2);
        _trio.Settle();

        Assert.InRange(_trio.TicksToALeader(), 0, 1);
        Assert.Equal((1, 0), (_trio[1].Elections, _trio[2].Elections));
    }

    [Fact]
    public void LeaderGone_OneNoticesLater_ItLeadsSoonAfterThat()
    {
        _trio.Kill(3);
        Lose(1);
        for (var i = 0; i < 10; i++)
        {
            _trio.Tick();
            Assert.False(_trio[1].Driver.IsLeader, "the other one still hears the leader, for all it knows");
        }

        Lose(2);

        Assert.InRange(_trio.TicksToALeader(), 0, 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LeaderGone_ItsLastHeartbeatComesInAfterTheEndOfTheConnection_NobodyWaitsForTheTimeout(ulong late)
    {
        var (leader, last) = (_trio.Kill(3), LastWordTo(late));
        Lose(1);
        Lose(2);
        _trio[late].Driver.Receive(last);
        _trio[late].Driver.Pump();

        Assert.InRange(_trio.TicksToALeader(), 0, 10);
        Assert.NotEqual(leader.Id, _trio[late].Driver.Leader);
    }

    [Fact]
    public void LeaderGone_ItsLastHeartbeatsComeInDuringTheFailover_NobodyWaitsForTheTimeout()
    {
        _trio.Kill(3);
        var (first, second) = (LastWordTo(1), LastWordTo(2));
        Lose(1);
        Lose(2);
        foreach (var (to, message) in ((ulong, Message)[])[(1, first), (2, second)])
        {
            _trio[to].Driver.Tick();
            _trio[to].Driver.Receive(message);
            _trio[to].Driver.Pump();
        }

        Assert.InRange(_trio.TicksToALeader(), 0, 10);
    }

    [Fact]
    public void VotesSplit_TheFirstInTurnAsksAgainAtOnce()
    {
        _trio.Kill(3);
        Split();
        Assert.Equal((RaftRole.Candidate, RaftRole.Candidate), (_trio[1].Driver.Role, _trio[2].Driver.Role));
        _trio.Settle();

        Assert.InRange(_trio.TicksToALeader(), 0, 5);
    }

    [Fact]
    public void SlowDisk_ElectionUnderWay_IsNotThrownAwayByANewOne()
    {
        _trio.Kill(3);
        Lose(1);
        Lose(2);
        while (_trio[1].Driver.Role != RaftRole.Candidate)
        {
            Exchange();
        }

        // Whatever has to be durable takes so many ticks.
        for (var i = 0; i < 5; i++)
        {
            _trio[1].Driver.Tick();
            _trio[2].Driver.Tick();
            _trio.Deliver(_trio[1]);
            _trio.Deliver(_trio[2]);
            Assert.Equal(RaftRole.Candidate, _trio[1].Driver.Role);
        }

        _trio.Settle();
        Assert.True(_trio[1].Driver.IsLeader);
        Assert.Equal(1, _trio[1].Elections);
    }

    [Fact]
    public void ConnectionLost_LeaderLives_ItStaysAndTheFailoverEnds()
    {
        Lose(1);
        for (var i = 0; i < 100; i++)
        {
            _trio.Tick();
            Assert.True(_trio[3].Driver.IsLeader);
        }

        Assert.Equal(3UL, _trio[1].Driver.Leader);
        Assert.Equal(0, _trio[1].Elections);
    }

    [Fact]
    public void ConnectionLost_ToAnotherFollower_NobodyStandsForElection()
    {
        _trio.Kill(2);
        _trio[1].Driver.ConnectionLost(2);
        for (var i = 0; i < 20; i++)
        {
            _trio.Tick();
        }

        Assert.Equal(0, _trio[1].Elections);
        Assert.Equal(3UL, _trio[1].Driver.Leader);
    }

    [Fact]
    public void RefusedByTheLeaderBefore_TheNewLeaderIsAskedAtOnce()
    {
        _trio[1].Propose();
        _trio[1].Driver.Pump();
        var (_, term, commands) = Assert.Single(_trio[1].Forwards);
        _trio[3].Driver.Transfer(2, new TaskCompletionSource());
        _trio.Settle();
        Assert.Equal(2UL, _trio[1].Driver.Leader);

        _trio[1].Driver.Forwarded(term, commands, ForwardOutcome.NotLeader);
        _trio[1].Driver.Pump();

        Assert.Equal(2, _trio[1].Forwards.Count);
        Assert.Equal((2UL, _trio[2].Driver.Term), (_trio[1].Forwards[1].Leader, _trio[1].Forwards[1].Term));
    }

    private void Lose(ulong at) => _trio[at].Driver.ConnectionLost(3);

    /// <summary>Each disk, then each message, once.</summary>
    private void Exchange()
    {
        _trio[1].Write();
        _trio[2].Write();
        _trio.Deliver(_trio[1]);
        _trio.Deliver(_trio[2]);
        _trio[1].Driver.Pump();
        _trio[2].Driver.Pump();
    }

    private Message LastWordTo(ulong id) => new()
    {
        Type = MessageType.Heartbeat,
        From = 3,
        To = id,
        Term = _trio[id].Driver.Term,
        Commit = 2,
    };

    /// <summary>Both ask in the same instant, and each has the other's answer before it hears that the other one stands too.</summary>
    private void Split()
    {
        Lose(1);
        Lose(2);
        _trio[2].Driver.Node.Campaign();
        Exchange();
        Exchange();
    }
}
