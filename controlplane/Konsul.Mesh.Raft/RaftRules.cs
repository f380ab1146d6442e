namespace Konsul.Mesh.Raft;

/// <summary>
/// The rules that keep consensus safe and alive, each one a switch that only tests can turn: a suite that still passes without a rule does not
/// test it.
/// </summary>
[Flags]
internal enum RaftRules : uint
{
    None = 0,

    /// <summary>A leader commits by counting only entries of its own term (Raft thesis, figure 3.7).</summary>
    CommitOnlyOwnTerm = 1 << 0,

    /// <summary>A pre-vote of an old term is refused with the newer term, not ignored (etcd #8501).</summary>
    PreVoteRejectionCarriesTerm = 1 << 1,
    ReadIndexNeedsQuorum = 1 << 2,
    ReadIndexNeedsOwnTermCommit = 1 << 3,
    VoteOncePerTerm = 1 << 4,
    VoteNeedsUpToDateLog = 1 << 5,

    /// <summary>Entries are appended only behind an entry that matches.</summary>
    AppendNeedsMatch = 1 << 6,

    /// <summary>Votes and acknowledgements leave after what they promise is durable.</summary>
    ResponsesWaitForDurability = 1 << 7,

    /// <summary>The storage's answer of an older term does not free unstable entries.</summary>
    IgnoreStaleAppendResp = 1 << 8,
    LeaderStepsDownWithoutQuorum = 1 << 9,
    LearnersDoNotCount = 1 << 10,
    OneConfChangeAtATime = 1 << 11,

    /// <summary>A leader of an old term is answered, so that it learns of the newer one.</summary>
    LowerTermAppIsAnswered = 1 << 12,
    MatchNeverDecreases = 1 << 13,
    InflightWindow = 1 << 14,

    /// <summary>A heartbeat tells no commit index behind what the follower is known to hold.</summary>
    HeartbeatCommitIsCapped = 1 << 15,
    JointNeedsBothMajorities = 1 << 16,

    /// <summary>With asynchronous writes only durable entries are applied.</summary>
    AppliesOnlyDurable = 1 << 17,

    /// <summary>A new leader admits no configuration change before its own log is applied.</summary>
    NewLeaderHoldsConfChanges = 1 << 18,

    /// <summary>No campaign while a committed configuration change is not applied.</summary>
    CampaignNeedsAppliedConfig = 1 << 19,

    /// <summary>Requests for votes are ignored while a leader is in contact.</summary>
    LeaseIgnoresVotes = 1 << 20,
    ReadsEndWithLeadership = 1 << 21,
    TransferStopsProposals = 1 << 22,

    /// <summary>A vote asked for in a transfer is not held back by the lease.</summary>
    TransferOverridesLease = 1 << 23,

    /// <summary>Every append of the current leader, also a refused one, postpones the next election (redpanda #30817).</summary>
    AppendRefreshesElection = 1 << 24,

    /// <summary>
    /// Who refuses a vote tells what it knows to be committed. A candidate may lack just the news that a change took effect by which it needs no vote of
    /// the one that refuses, who is no member any more (etcd #12359; the remedy is raft-rs's).
    /// </summary>
    VoteRefusalTellsCommit = 1 << 25,

    /// <summary>A candidate leads only when its own vote is durable too, however many others it has (Raft thesis, 3.8).</summary>
    LeadsWithOwnVote = 1 << 26,
    All = (1 << 27) - 1,
}
