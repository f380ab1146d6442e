using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Rules;

/// <summary>For each rule a small story that returns whether it ended as it must.</summary>
internal static class RuleScenarios
{
    public static Func<RaftRules, bool> Of(RaftRules rule) => rule switch
    {
        RaftRules.CommitOnlyOwnTerm => OldEntryOnAMajorityStaysUncommitted,
        RaftRules.PreVoteRejectionCarriesTerm => OldTermWithTheLongerLogGetsElected,
        RaftRules.ReadIndexNeedsQuorum => r => CutOffLeaderAnswersNoRead(r),
        RaftRules.ReadIndexNeedsOwnTermCommit => NewLeaderSeesWhatWasAcknowledged,
        RaftRules.VoteOncePerTerm => SecondCandidateOfATermIsRefused,
        RaftRules.VoteNeedsUpToDateLog => CandidateWithAShortLogIsRefused,
        RaftRules.AppendNeedsMatch => EntriesBehindAnotherHistoryAreRefused,
        RaftRules.ResponsesWaitForDurability => VoteDoesNotLeaveBeforeItIsDurable,
        RaftRules.IgnoreStaleAppendResp => StaleAnswerFreesNothing,
        RaftRules.LeaderStepsDownWithoutQuorum => LonelyLeaderStepsDown,
        RaftRules.LearnersDoNotCount => LearnersCommitNothing,
        RaftRules.OneConfChangeAtATime => SecondChangeIsRefused,
        RaftRules.LowerTermAppIsAnswered => NodeWithANewerTermFindsBack,
        RaftRules.MatchNeverDecreases => LateAcknowledgementMovesNothingBack,
        RaftRules.InflightWindow => WindowHolds,
        RaftRules.HeartbeatCommitIsCapped => HeartbeatTellsNoMoreThanIsHeld,
        RaftRules.JointNeedsBothMajorities => OneHalfOfAJointConfigurationCommitsNothing,
        RaftRules.AppliesOnlyDurable => CommittedEntryWaitsForTheOwnDisk,
        RaftRules.NewLeaderHoldsConfChanges => NewLeaderRefusesAChangeBehindAnother,
        RaftRules.CampaignNeedsAppliedConfig => NodeWithAnUnappliedChangeDoesNotCampaign,
        RaftRules.LeaseIgnoresVotes => CandidateAgainstALeaderInContactIsIgnored,
        RaftRules.ReadsEndWithLeadership => ReadsOfALostLeadershipAreNeverAnswered,
        RaftRules.TransferStopsProposals => ProposalDuringATransferIsRefused,
        RaftRules.TransferOverridesLease => TransferSucceedsAgainstTheLease,
        RaftRules.AppendRefreshesElection => RefusedAppendCountsAsContact,
        RaftRules.VoteRefusalTellsCommit => RemovedLeaderLeavesAnElectableNode,
        RaftRules.LeadsWithOwnVote => CandidateWaitsForTheOwnDisk,
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "no scenario"),
    };

    private static bool OldEntryOnAMajorityStaysUncommitted(RaftRules rules)
    {
        var cluster = new TestCluster(5, o => o with { Rules = rules, MaxSizePerMessage = 0 }).Elect(1).Isolate(3, 4, 5).Propose(1, "old");
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster.Take(_ => true);
        var old = cluster[1].Status.LastIndex;
        cluster.Heal().Isolate(1).WinVotes(2);
        for (var i = 0; i < 2; i++)
        {
            cluster.Deliver(m => m.Type == MessageType.App);
            cluster.Deliver(m => m.Type == MessageType.AppResp);
        }

        return cluster[2].Status.HardState.Commit < old;
    }

    private static bool OldTermWithTheLongerLogGetsElected(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules });
        cluster[3].Disk.HardState = new HardState(9, 0, 1);
        cluster[3].Restart();
        cluster[1].Disk.Append([new Entry(1, 2, EntryType.Normal, "long"u8.ToArray())]);
        cluster[1].Restart();
        return cluster.Isolate(2).TickAll(60)[1].IsLeader;
    }

    private static bool CutOffLeaderAnswersNoRead(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1).Isolate(1);
        cluster[1].Raft.ReadIndex(out _);
        return cluster.Settle()[1].Reads.Count == 0;
    }

    private static bool NewLeaderSeesWhatWasAcknowledged(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1).Propose(1, "acknowledged");
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster.Deliver(m => m.Type == MessageType.AppResp);
        var acknowledged = cluster[1].Status.HardState.Commit;
        cluster.Take(_ => true);
        cluster.Isolate(1).WinVotes(2);
        cluster[2].Raft.ReadIndex(out _);
        return cluster.Settle()[2].Reads.TrueForAll(read => read.Index >= acknowledged);
    }

    private static bool SecondCandidateOfATermIsRefused(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules });
        foreach (var candidate in (ulong[])[1, 2])
        {
            cluster[3].Raft.Step(new Message { Type = MessageType.Vote, From = candidate, To = 3, Term = 5, Index = 1, LogTerm = 1 });
        }

        return cluster.Take(m => m.Type == MessageType.VoteResp).Count(m => !m.Reject) == 1;
    }

    private static bool CandidateWithAShortLogIsRefused(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules });
        cluster[3].Disk.Append([new Entry(1, 2, EntryType.Normal, "x"u8.ToArray())]);
        cluster[3].Restart();
        cluster[3].Raft.Step(new Message { Type = MessageType.Vote, From = 1, To = 3, Term = 5, Index = 1, LogTerm = 1 });
        return cluster.Take(m => m.Type == MessageType.VoteResp)[0].Reject;
    }

    private static bool EntriesBehindAnotherHistoryAreRefused(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules });
        cluster[3].Disk.Append([new Entry(1, 2, EntryType.Normal, "mine"u8.ToArray())]);
        cluster[3].Restart();
        cluster[3].Raft.Step(new Message
        {
            Type = MessageType.App,
            From = 1,
            To = 3,
            Term = 3,
            Index = 2,
            LogTerm = 2,
            Entries = [new Entry(3, 3, EntryType.Normal, "x"u8.ToArray())],
        });
        return cluster.Take(m => m.Type == MessageType.AppResp)[0].Reject;
    }

    private static bool VoteDoesNotLeaveBeforeItIsDurable(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules, AsyncStorageWrites = true });
        cluster[3].Raft.Step(new Message { Type = MessageType.Vote, From = 1, To = 3, Term = 5, Index = 1, LogTerm = 1 });
        return cluster[3].Raft.TakeReady().Messages.All(m => m.Type != MessageType.VoteResp);
    }

    /// <summary>Seed 19523 of the simulation: elected by the others while its disk was slow, a leader lost its term in a power cut and led it again,
    /// with other entries.</summary>
    private static bool CandidateWaitsForTheOwnDisk(RaftRules rules)
    {
        var node = new TestCluster(3, o => o with { Rules = rules, AsyncStorageWrites = true, PreVote = false })[1].Raft;
        node.Campaign();
        var ready = node.TakeReady();
        foreach (var voter in (ulong[])[2, 3])
        {
            node.Step(new Message { Type = MessageType.VoteResp, From = voter, To = 1, Term = ready.HardState!.Value.Term });
        }

        var early = node.Status().IsLeader;
        foreach (var response in ready.Messages.Single(m => m.Type == MessageType.StorageAppend).Responses)
        {
            node.Step(response);
        }

        return !early && node.Status().IsLeader;
    }

    private static bool StaleAnswerFreesNothing(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules, AsyncStorageWrites = true });
        var node = cluster[3].Raft;
        Message Append(ulong from, ulong term, ulong entryTerm, string data) => new()
        {
            Type = MessageType.App,
            From = from,
            To = 3,
            Term = term,
            Index = 1,
            LogTerm = 1,
            Entries = [new Entry(entryTerm, 2, EntryType.Normal, System.Text.Encoding.UTF8.GetBytes(data))],
        };
        node.Step(Append(1, 2, 2, "a"));
        var first = node.TakeReady().Messages.Single(m => m.Type == MessageType.StorageAppend);
        node.Step(Append(2, 3, 3, "b"));
        node.TakeReady();
        node.Step(Append(1, 4, 2, "a"));
        node.TakeReady();
        node.Step(first.Responses.Single(r => r.To == 3));

        // What the disk holds between the second write and the third.
        cluster[3].Disk.Append([new Entry(3, 2, EntryType.Normal, "b"u8.ToArray())]);
        node.Step(new Message { Type = MessageType.Heartbeat, From = 1, To = 3, Term = 4, Commit = 2 });
        return node.TakeReady().CommittedEntries.IsEmpty;
    }

    private static bool LonelyLeaderStepsDown(RaftRules rules) =>
        !new TestCluster(3, o => o with { Rules = rules }).Elect(1).Isolate(1).Tick(1, 20)[1].IsLeader;

    private static bool LearnersCommitNothing(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }, learners: 3).Elect(1).Isolate(2, 3).Propose(1, "x");
        return cluster.Settle()[1].Status.HardState.Commit < cluster[1].Status.LastIndex;
    }

    private static bool SecondChangeIsRefused(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1);
        cluster[1].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.AddLearner, 4));
        return cluster[1].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.AddLearner, 5)).Outcome == StepOutcome.Refused;
    }

    private static bool NodeWithANewerTermFindsBack(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules });
        cluster[3].Disk.HardState = new HardState(9, 0, 1);
        cluster[3].Restart();
        cluster.Isolate(3).Elect(1).Propose(1, "x").Settle().Heal().TickAll(100);
        return cluster.Texts(3).Contains("x");
    }

    private static bool LateAcknowledgementMovesNothingBack(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1).Propose(1, "x").Settle();
        var (match, term) = (cluster[1].Status.Progress[1].Match, cluster[1].Status.HardState.Term);
        cluster[1].Raft.Step(new Message { Type = MessageType.AppResp, From = 2, To = 1, Term = term, Index = match - 1 });
        return cluster[1].Status.Progress[1].Match == match;
    }

    private static bool WindowHolds(RaftRules rules)
    {
        var cluster = new TestCluster(2, o => o with { Rules = rules, MaxInflightMessages = 2 }).Elect(1).Isolate(2);
        for (var i = 0; i < 10; i++)
        {
            cluster.Propose(1, "x");
        }

        return cluster[1].Status.Progress[1].InflightMessages <= 2;
    }

    private static bool HeartbeatTellsNoMoreThanIsHeld(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1).Isolate(3).Propose(1, "x").Settle();
        cluster.Tick(1, 1);
        var match = cluster[1].Status.Progress[2].Match;
        return cluster.Take(m => m.Type == MessageType.Heartbeat && m.To == 3).TrueForAll(m => m.Commit <= match);
    }

    private static bool OneHalfOfAJointConfigurationCommitsNothing(RaftRules rules)
    {
        var cluster = new TestCluster(5, o => o with { Rules = rules });
        foreach (var node in cluster.Nodes.Values)
        {
            node.Disk.ApplySnapshot(new Snapshot(2, 1, new ConfState { Voters = [1, 4, 5], VotersOutgoing = [1, 2, 3] }));
            node.Restart();
        }

        cluster.Elect(1).Isolate(2, 3).Propose(1, "x").Settle();
        return cluster[1].Status.HardState.Commit < cluster[1].Status.LastIndex;
    }

    private static bool CommittedEntryWaitsForTheOwnDisk(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules, AsyncStorageWrites = true }).Elect(1).Propose(1, "x");
        var sent = cluster[1].TakeReady();
        cluster[1].IsDown = true;
        sent.ForEach(m => cluster[m.To].Raft.Step(m));
        var answers = cluster.Take(m => m.To == 1);
        cluster[1].IsDown = false;
        answers.ForEach(m => cluster[1].Raft.Step(m));
        return cluster[1].Status.HardState.Commit == cluster[1].Status.LastIndex && cluster[1].Raft.TakeReady().CommittedEntries.IsEmpty;
    }

    private static bool NewLeaderRefusesAChangeBehindAnother(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1);
        cluster[1].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.AddLearner, 4));
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster.Take(_ => true);
        cluster.Isolate(1).WinVotes(2);
        return cluster[2].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.AddLearner, 5)).Outcome == StepOutcome.Refused;
    }

    private static bool NodeWithAnUnappliedChangeDoesNotCampaign(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules, AsyncStorageWrites = true }).Elect(1);
        var node = cluster[2];
        var status = node.Status;
        var change = ConfChangeCodec.Encode(ConfChange.Of(ConfChangeType.AddLearner, 4), single: false);
        node.Raft.Step(new Message
        {
            Type = MessageType.App,
            From = 1,
            To = 2,
            Term = status.HardState.Term,
            Index = status.LastIndex,
            LogTerm = status.HardState.Term,
            Commit = status.LastIndex + 1,
            Entries = [new Entry(status.HardState.Term, status.LastIndex + 1, change.Type, change.Data)],
        });
        node.Raft.Campaign();
        return node.Status.SoftState.Role == RaftRole.Follower;
    }

    private static bool CandidateAgainstALeaderInContactIsIgnored(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1).TickAll(1);
        var status = cluster[3].Status;
        cluster[3].Raft.Step(new Message
        {
            Type = MessageType.Vote,
            From = 2,
            To = 3,
            Term = status.HardState.Term + 1,
            Index = status.LastIndex,
            LogTerm = status.HardState.Term,
        });
        return cluster[3].Status.HardState == status.HardState;
    }

    private static bool ReadsOfALostLeadershipAreNeverAnswered(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1);
        cluster[1].Raft.ReadIndex(out _);
        cluster.Take(_ => true);
        cluster.Tick(1, 20).Take(_ => true);
        cluster.Elect(1).TickAll(2);
        return cluster[1].Reads.Count == 0;
    }

    private static bool ProposalDuringATransferIsRefused(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1);
        cluster[1].Raft.TransferLeader(2);
        return cluster[1].Raft.Propose("x"u8.ToArray()).Outcome == StepOutcome.TransferInProgress;
    }

    private static bool TransferSucceedsAgainstTheLease(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1).TickAll(1);
        cluster[1].Raft.TransferLeader(2);
        return cluster.Settle()[2].IsLeader;
    }

    private static bool RefusedAppendCountsAsContact(RaftRules rules)
    {
        var cluster = new TestCluster(3, o => o with { Rules = rules }).Elect(1);
        var term = cluster[1].Status.HardState.Term;
        var isCalm = true;
        for (var i = 0; i < 40; i++)
        {
            cluster[3].Raft.Tick();
            isCalm &= cluster[3].Status.SoftState.Role == RaftRole.Follower;
            cluster[3].Raft.Step(new Message { Type = MessageType.App, From = 1, To = 3, Term = term, Index = 1000, LogTerm = term });
        }

        return isCalm;
    }

    private static bool RemovedLeaderLeavesAnElectableNode(RaftRules rules)
    {
        var cluster = new TestCluster(2, o => o with { Rules = rules }).Elect(1);
        cluster[1].Raft.ProposeConfChange(ConfChange.Of(ConfChangeType.Remove, 1));
        cluster[1].Raft.Propose("behind"u8.ToArray());
        cluster.Take(m => m.Type == MessageType.App && m.Entries is [{ Type: EntryType.Normal }, ..]);
        cluster.Deliver(m => m.Type == MessageType.App);
        cluster.Deliver(m => m.Type == MessageType.AppResp);
        cluster.Take(_ => true);
        return cluster.TickAll(60)[2].IsLeader;
    }
}
