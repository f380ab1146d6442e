using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Replication;
using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Regressions;

/// <summary>Logs that lost, skipped or kept what they should not have.</summary>
public sealed class LogRegressions
{
    private static readonly EntryType Normal = EntryType.Normal;

    /// <summary>logcabin #160: a skipped entry in an append.</summary>
    [Theory]
    [InlineData(2, 2, 4, 2)]
    [InlineData(3, 2, 4, 2)]
    [InlineData(2, 2, 3, 1)]
    [InlineData(2, 9, 3, 9)]
    public void Append_EntriesThatAreNotOneLog_AreRefusedWhole(ulong firstIndex, ulong firstTerm, ulong secondIndex, ulong secondTerm)
    {
        var cluster = new TestCluster(3);
        var before = cluster[2].Status;

        var result = cluster[2].Raft.Step(new Message
        {
            Type = MessageType.App,
            From = 1,
            To = 2,
            Term = 5,
            Index = 1,
            LogTerm = 1,
            Entries = [new Entry(firstTerm, firstIndex, Normal, "a"u8.ToArray()), new Entry(secondTerm, secondIndex, Normal, "b"u8.ToArray())],
        });

        Assert.Equal(StepOutcome.Malformed, result.Outcome);
        Assert.Equal(before.LastIndex, cluster[2].Status.LastIndex);
        Assert.Equal(before.HardState, cluster[2].Status.HardState);
    }

    /// <summary>The storage's answer of an old term freed entries that a later write was still replacing (etcd-io/raft, asynchronous storage writes).</summary>
    [Fact]
    public void StorageAnswer_OfAnOlderTerm_FreesNothing()
    {
        var cluster = new TestCluster(3, o => o with { AsyncStorageWrites = true });
        var node = cluster[3].Raft;
        Append(node, term: 2, "a"u8);
        var first = Assert.Single(node.TakeReady().Messages, m => m.Type == MessageType.StorageAppend);
        Append(node, term: 3, "b"u8);
        node.TakeReady();
        Append(node, term: 4, "a"u8, entryTerm: 2);
        node.TakeReady();

        foreach (var response in first.Responses.Where(r => r.To == 3))
        {
            node.Step(response);
        }

        // The disk may hold the second write now; only memory knows the third.
        cluster[3].Disk.Append([new Entry(3, 2, Normal, "b"u8.ToArray())]);
        node.Step(new Message { Type = MessageType.Heartbeat, From = 1, To = 3, Term = 4, Commit = 2 });
        Assert.True(node.TakeReady().CommittedEntries.IsEmpty);
    }

    /// <summary>raft-rs #417, etcd #18055: a second snapshot arrives while the first is being written.</summary>
    [Fact]
    public void Snapshot_SecondArrivesWhileTheFirstIsWritten_BothAnswersAreTaken()
    {
        var cluster = new TestCluster(3, o => o with { AsyncStorageWrites = true });
        var node = cluster[3].Raft;
        Message Snap(ulong index) => new()
        {
            Type = MessageType.Snap,
            From = 1,
            To = 3,
            Term = 2,
            Snapshot = new Snapshot(index, 2, cluster[3].Members),
        };

        node.Step(Snap(10));
        var first = Assert.Single(node.TakeReady().Messages);
        node.Step(Snap(20));
        var second = Assert.Single(node.TakeReady().Messages);
        foreach (var message in (Message[])[first, second])
        {
            cluster[3].Disk.ApplySnapshot(message.Snapshot!);
            foreach (var response in message.Responses.Where(r => r.To == 3))
            {
                Assert.True(node.Step(response).IsOk);
            }
        }

        node.Step(new Message { Type = MessageType.Heartbeat, From = 1, To = 3, Term = 2, Commit = 20 });
        node.TakeReady();
        Assert.Equal(20UL, node.Status().Applied);
        Assert.Equal(20UL, node.Status().LastIndex);
    }

    /// <summary>etcd-io/raft PR 31, 149: a follower that was away while the log was compacted.</summary>
    [Fact]
    public void Follower_BehindACompactedLog_GetsASnapshotAndGoesOn()
    {
        var cluster = new TestCluster(3).Elect(1).Isolate(3);
        for (var i = 0; i < 5; i++)
        {
            cluster.Propose(1, $"p{i}").Settle();
        }

        cluster[1].Compact(0);
        cluster.Propose(1, "after").Settle().Heal().TickAll(4);

        Assert.Equal(cluster[1].AppliedIndex, cluster[3].AppliedIndex);
        Assert.Equal(["after"], cluster.Texts(3));
        var progress = cluster[1].Status.Progress[2];
        Assert.Equal(ProgressState.Replicate, progress.State);
        Assert.True(progress.Match < progress.Next);
    }

    /// <summary>etcd #14633: every message of a full window was lost.</summary>
    [Fact]
    public void Window_AllOfItLost_OpensAgain()
    {
        var cluster = new TestCluster(3, o => o with { MaxInflightMessages = 2, MaxSizePerMessage = 0 }).Elect(1).TickAll(1).Isolate(3);
        for (var i = 0; i < 6; i++)
        {
            cluster.Propose(1, $"p{i}").Settle();
        }

        Assert.Equal(2, cluster[1].Status.Progress[2].InflightMessages);
        Assert.True(cluster[1].Status.Progress[2].IsPaused);
        cluster.Heal().TickAll(2);

        Assert.Equal(cluster.Texts(1), cluster.Texts(3));
    }

    /// <summary>The window counts bytes too.</summary>
    [Fact]
    public void Window_FullByBytes_Holds()
    {
        var cluster = new TestCluster(2, o => o with { MaxInflightBytes = 100, MaxSizePerMessage = 50 }).Elect(1).Isolate(2);
        for (var i = 0; i < 20; i++)
        {
            cluster.Propose(1, new string('x', 40));
        }

        Assert.InRange(cluster[1].Status.Progress[1].InflightBytes, 100UL, 140UL);
    }

    /// <summary>MicroRaft d300e13: the snapshot's own index was no place to append behind.</summary>
    [Fact]
    public void Append_JustBehindTheSnapshot_IsTaken()
    {
        var cluster = new TestCluster(3).Elect(1).Propose(1, "a").Settle();
        cluster[3].Compact(0);
        cluster[3].Restart();

        cluster.Propose(1, "b").Settle().TickAll(1);

        Assert.Equal(["b"], cluster.Texts(3));
    }

    /// <summary>openraft 71a290cd: an entry before the compacted log was taken for a conflict, and the log deleted.</summary>
    [Fact]
    public void Append_BeforeTheCompactedLog_DeletesNothing()
    {
        var cluster = new TestCluster(3).Elect(1).Propose(1, "a").Propose(1, "b").Settle();
        cluster[3].Compact(0);
        var before = cluster[3].Status;

        cluster[3].Raft.Step(new Message
        {
            Type = MessageType.App,
            From = 1,
            To = 3,
            Term = before.HardState.Term,
            Index = 1,
            LogTerm = 1,
            Entries = [new Entry(before.HardState.Term, 2, Normal, default)],
        });

        Assert.Equal(before.LastIndex, cluster[3].Status.LastIndex);
        Assert.Equal(before.HardState.Commit, Assert.Single(cluster.Take(m => m.Type == MessageType.AppResp)).Index);
    }

    /// <summary>openraft 26dc8837: entries that were purged were to be sent.</summary>
    [Fact]
    public void Leader_LogWasCompactedWhileAppendsWereOnTheirWay_SendsASnapshot()
    {
        var cluster = new TestCluster(3, o => o with { MaxInflightMessages = 1 }).Elect(1).TickAll(1).Isolate(3);
        cluster.Propose(1, "a").Settle().Propose(1, "b").Settle().Propose(1, "c").Settle();
        cluster[1].Compact(0);

        cluster.Heal().TickAll(1);
        Assert.Equal(cluster[1].AppliedIndex, cluster[3].AppliedIndex);
    }

    /// <summary>A new member starts with nothing, and the leader's snapshot is from before it was one.</summary>
    [Fact]
    public void NewMember_SnapshotIsOlderThanItsMembership_CatchesUp()
    {
        var cluster = new TestCluster(1).Elect(1);
        cluster.Add(2);

        cluster.Change(1, ConfChangeType.AddLearner, 2).Propose(1, "x").TickAll(3);

        Assert.Equal(["x"], cluster.Texts(2));
        Assert.Equal([2UL], cluster[2].Members.Learners);
    }

    /// <summary>A snapshot arrives while an older change of members waits to be applied: it must not be applied on top of the snapshot's newer members. Found
    /// by the random runs.</summary>
    [Fact]
    public void ApplyConfChange_OlderThanASnapshotReceivedMeanwhile_IsSkipped()
    {
        var cluster = new TestCluster(3, o => o with { AsyncStorageWrites = true });
        var node = cluster[3].Raft;
        var after = new ConfState { Voters = [1, 2, 3], Learners = [4, 5] };
        node.Step(new Message { Type = MessageType.Snap, From = 1, To = 3, Term = 2, Snapshot = new Snapshot(10, 2, after) });

        Assert.Equal(after, node.ApplyConfChange(ConfChange.Of(ConfChangeType.Remove, 5), index: 9));
        Assert.Equal(after, node.Status().Members);
        Assert.Equal([4UL], node.ApplyConfChange(ConfChange.Of(ConfChangeType.Remove, 5), index: 11).Learners);
    }

    /// <summary>The disk lost what was acknowledged: better to stop than to let it be lost for everybody.</summary>
    [Fact]
    public void Heartbeat_CommitsWhatTheDiskLost_StopsTheNode()
    {
        var cluster = new TestCluster(3);

        Assert.Throws<RaftInvariantException>(() =>
            cluster[2].Raft.Step(new Message { Type = MessageType.Heartbeat, From = 1, To = 2, Term = 2, Commit = 50 }));
    }

    [Fact]
    public void Start_CommitIndexBehindTheLog_IsRefused()
    {
        var cluster = new TestCluster(1);
        cluster[1].Disk.HardState = new HardState(3, 0, 99);

        Assert.Throws<RaftInvariantException>(cluster[1].Restart);
    }

    /// <summary>A snapshot holds only committed entries, whatever commit index reached the disk.</summary>
    [Fact]
    public void Start_CommitIndexOlderThanTheSnapshot_IsRaised()
    {
        var cluster = new TestCluster(1).Elect(1).Propose(1, "a").Settle();
        cluster[1].Compact(2);
        cluster[1].Disk.HardState = cluster[1].Disk.HardState with { Commit = 1 };

        cluster[1].Restart();

        Assert.Equal(cluster[1].Disk.Snapshot.Index, cluster[1].Status.HardState.Commit);
    }

    private static void Append(RaftNode node, ulong term, ReadOnlySpan<byte> data, ulong entryTerm = 0) => node.Step(new Message
    {
        Type = MessageType.App,
        From = term % 2 == 0 ? 1UL : 2UL,
        To = 3,
        Term = term,
        Index = 1,
        LogTerm = 1,
        Entries = [new Entry(entryTerm == 0 ? term : entryTerm, 2, Normal, data.ToArray())],
    });
}
