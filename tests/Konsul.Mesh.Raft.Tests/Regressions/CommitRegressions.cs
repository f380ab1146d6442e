using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Regressions;

/// <summary>What counts as committed, and what a vote promises.</summary>
public sealed class CommitRegressions
{
    /// <summary>hashicorp/raft 163a55f: the median was off by one for even sizes.</summary>
    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(6, 4)]
    public void Commit_AnySize_NeedsMoreThanHalf(int voters, int needed)
    {
        var cluster = new TestCluster(voters).Elect(1);
        var before = cluster[1].Status.HardState.Commit;
        cluster.Isolate([.. Enumerable.Range(needed, voters - needed + 1).Select(id => (ulong)id)]);
        cluster.Propose(1, "x").Settle();
        Assert.Equal(before, cluster[1].Status.HardState.Commit);

        cluster.Heal().Isolate([.. Enumerable.Range(needed + 1, voters - needed).Select(id => (ulong)id)]);
        cluster.TickAll(2);
        Assert.Equal(before + 1, cluster[1].Status.HardState.Commit);
    }

    /// <summary>CCF (arXiv 2406.17455): a refusal advanced the commit index.</summary>
    [Fact]
    public void Append_Refused_MovesNeitherMatchNorCommit()
    {
        var cluster = new TestCluster(3).Elect(1).Isolate(3).Propose(1, "x");
        cluster.Take(m => m.Type == MessageType.App);
        var before = cluster[1].Status;

        cluster[1].Raft.Step(new Message
        {
            Type = MessageType.AppResp,
            From = 2,
            To = 1,
            Term = before.HardState.Term,
            Index = before.LastIndex,
            Reject = true,
            RejectHint = before.LastIndex,
        });

        Assert.Equal(before.HardState.Commit, cluster[1].Status.HardState.Commit);
        Assert.Equal(before.Progress[1].Match, cluster[1].Status.Progress[1].Match);
    }

    /// <summary>CCF #5891: stepping down within a term forgot the vote.</summary>
    [Fact]
    public void StepDown_WithinATerm_KeepsTheVote()
    {
        var cluster = new TestCluster(3).Elect(1);
        var term = cluster[1].Status.HardState.Term;
        cluster.Isolate(1).Tick(1, 10).Tick(1, 10).Pump(1);

        Assert.Equal(RaftRole.Follower, cluster[1].Status.SoftState.Role);
        Assert.Equal(new HardState(term, 1, cluster[1].Status.HardState.Commit), cluster[1].Status.HardState);
    }

    [Fact]
    public void Vote_AfterARestart_IsRemembered()
    {
        var cluster = new TestCluster(3, o => o with { CheckQuorum = false });
        cluster[3].Raft.Step(new Message { Type = MessageType.Vote, From = 1, To = 3, Term = 5, Index = 1, LogTerm = 1 });
        cluster.Pump(3);
        cluster[3].Restart();
        cluster.Take(_ => true);

        cluster[3].Raft.Step(new Message { Type = MessageType.Vote, From = 2, To = 3, Term = 5, Index = 1, LogTerm = 1 });

        Assert.True(Assert.Single(cluster.Take(m => m.Type == MessageType.VoteResp)).Reject);
    }

    /// <summary>etcd #14370: with one voter an entry counted as committed before it was on the disk.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Commit_SingleVoter_WaitsForTheDisk(bool async)
    {
        var cluster = new TestCluster(1, o => o with { AsyncStorageWrites = async }).Elect(1).Propose(1, "x");
        var entry = cluster[1].Status.LastIndex;

        var ready = cluster[1].Raft.TakeReady();

        Assert.Contains(ready.Entries, e => e.Index == entry);
        Assert.DoesNotContain(ready.CommittedEntries, e => e.Index == entry);
        Assert.True(cluster[1].Status.HardState.Commit < entry);
    }

    /// <summary>Raft thesis, figure 3.7: an entry of an older term on a majority may still be replaced.</summary>
    [Fact]
    public void Commit_EntryOfAnOlderTermOnAMajority_WaitsForOneOfTheOwnTerm()
    {
        var cluster = new TestCluster(5, o => o with { MaxSizePerMessage = 0 }).Elect(1).Isolate(3, 4, 5).Propose(1, "old");
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster.Take(_ => true);
        var old = cluster[1].Status.LastIndex;

        cluster.Heal().Isolate(1).WinVotes(2);
        for (var i = 0; i < 2; i++)
        {
            cluster.Deliver(m => m.Type == MessageType.App);
            cluster.Deliver(m => m.Type == MessageType.AppResp);
        }

        cluster.Pump(2);
        Assert.Equal(4, cluster[2].Status.Progress.Count(p => p.Match >= old));
        Assert.True(cluster[2].Status.HardState.Commit < old);
        cluster.Settle();
        Assert.True(cluster[2].Status.HardState.Commit > old);
    }

    /// <summary>An acknowledgement of what the leader never had must not commit anything.</summary>
    [Fact]
    public void Append_AcknowledgedBehindTheLog_IsMalformed()
    {
        var cluster = new TestCluster(3).Elect(1);
        var status = cluster[1].Status;

        var result = cluster[1].Raft.Step(new Message
        {
            Type = MessageType.AppResp,
            From = 2,
            To = 1,
            Term = status.HardState.Term,
            Index = status.LastIndex + 100,
        });

        Assert.Equal(StepOutcome.Malformed, result.Outcome);
        Assert.Equal(status.HardState, cluster[1].Status.HardState);
    }
}
