using Konsul.Mesh.Raft.Quorum;

namespace Konsul.Mesh.Raft.Replication;

/// <summary>The active configuration, what is known of each member, and the votes of the running election. Members are visited by id.</summary>
internal sealed class ProgressTracker(int maxInflightMessages, ulong maxInflightBytes) : IAckedIndexes
{
    private readonly SortedList<ulong, bool> _votes = [];

    public ConfState Members { get; private set; } = ConfState.Empty;

    public SortedList<ulong, Progress> Progress { get; private set; } = [];

    public bool IsSingleton => Members.Voters.Length == 1 && !Members.IsJoint;

    public Progress? Find(ulong id) => Progress.TryGetValue(id, out var progress) ? progress : null;

    public bool IsVoter(ulong id) => Members.Voters.Contains(id) || Members.VotersOutgoing.Contains(id);

    public Inflights NewInflights() => new(maxInflightMessages, maxInflightBytes);

    public void Replace(ConfState members, SortedList<ulong, Progress> progress) => (Members, Progress) = (members, progress);

    bool IAckedIndexes.TryGetAcked(ulong voter, out ulong index)
    {
        var found = Progress.TryGetValue(voter, out var progress);
        index = progress?.Match ?? 0;
        return found;
    }

    public void ResetVotes() => _votes.Clear();

    /// <summary>The first answer of a voter counts, repeats do not.</summary>
    public void RecordVote(ulong id, bool granted) => _votes.TryAdd(id, granted);

    public bool HasVoted(ulong id) => _votes.ContainsKey(id);

    public (int Granted, int Rejected, VoteResult Result) TallyVotes(RaftRules rules)
    {
        var granted = 0;
        var rejected = 0;
        for (var i = 0; i < _votes.Count; i++)
        {
            if (Find(_votes.GetKeyAtIndex(i)) is { IsLearner: false })
            {
                _ = _votes.GetValueAtIndex(i) ? granted++ : rejected++;
            }
        }

        return (granted, rejected, Count(_votes, rules));
    }

    /// <summary>Whether enough voters were heard from since the last time.</summary>
    public bool IsQuorumActive(RaftRules rules)
    {
        var active = new SortedList<ulong, bool>(Progress.Count);
        for (var i = 0; i < Progress.Count; i++)
        {
            if (!Progress.GetValueAtIndex(i).IsLearner)
            {
                active.Add(Progress.GetKeyAtIndex(i), Progress.GetValueAtIndex(i).RecentActive);
            }
        }

        return Count(active, rules) == VoteResult.Won;
    }

    public ulong CommittedIndex(RaftRules rules) => CommittedIndex(this, rules);

    public ulong CommittedIndex(IAckedIndexes acks, RaftRules rules)
    {
        var voters = rules.HasFlag(RaftRules.LearnersDoNotCount) ? Members.Voters : Members.Voters.AddRange(Members.Learners);
        return rules.HasFlag(RaftRules.JointNeedsBothMajorities)
            ? Joint.CommittedIndex(voters.AsSpan(), Members.VotersOutgoing.AsSpan(), acks)
            : Majority.CommittedIndex(voters.AsSpan(), acks);
    }

    private VoteResult Count(SortedList<ulong, bool> votes, RaftRules rules) =>
        rules.HasFlag(RaftRules.JointNeedsBothMajorities)
            ? Joint.Count(Members.Voters.AsSpan(), Members.VotersOutgoing.AsSpan(), votes)
            : Majority.Count(Members.Voters.AsSpan(), votes);
}
