namespace Konsul.Mesh.Raft.Membership;

/// <summary>
/// What a host should refuse although consensus would allow it, judged on the leader just before the proposal: new members come as learners, become
/// voters when they have caught up, and no change leaves a majority that lacks committed entries (etcd-io/raft #372). That an id is never used
/// again, only the host can know.
/// </summary>
public static class MembershipPolicy
{
    /// <returns>Null when the change is wise; otherwise why it is not, for people.</returns>
    public static string? WhyNot(RaftStatus status, ConfChange change)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(change);
        if (!status.IsLeader)
        {
            return "only the leader can judge a change of members";
        }

        if (change.LeavesJoint)
        {
            return null;
        }

        if (status.Members.IsJoint)
        {
            return "another change is under way";
        }

        if (change.Transition == ConfChangeTransition.JointExplicit)
        {
            return "a joint configuration must leave itself";
        }

        return change.Steps.Select(step => WhyNot(status, step)).FirstOrDefault(reason => reason is not null) ?? WhyNotSurvivors(status, change);
    }

    private static string? WhyNot(RaftStatus status, ConfChangeStep step)
    {
        var isVoter = status.Members.Voters.Contains(step.NodeId);
        var isLearner = status.Members.Learners.Contains(step.NodeId);
        return step.Type switch
        {
            ConfChangeType.AddLearner when isVoter => $"{step.NodeId:x} is a voter; remove it instead",
            ConfChangeType.AddVoter when !isVoter && !isLearner => $"{step.NodeId:x} must be a learner first",
            ConfChangeType.AddVoter when isLearner && !IsCaughtUp(status, step.NodeId) => $"{step.NodeId:x} has not caught up",
            ConfChangeType.Remove when !isVoter && !isLearner => $"{step.NodeId:x} is not a member",
            _ => null,
        };
    }

    private static string? WhyNotSurvivors(RaftStatus status, ConfChange change)
    {
        var voters = status.Members.Voters.ToHashSet();
        foreach (var step in change.Steps)
        {
            _ = step.Type switch
            {
                ConfChangeType.AddVoter => voters.Add(step.NodeId),
                ConfChangeType.Remove => voters.Remove(step.NodeId),
                _ => false,
            };
        }

        if (voters.Count == 0)
        {
            return "no voter would be left";
        }

        var caughtUp = voters.Count(id => IsCaughtUp(status, id));
        return caughtUp > voters.Count / 2 ? null : $"only {caughtUp} of the {voters.Count} voters that would be left have caught up";
    }

    private static bool IsCaughtUp(RaftStatus status, ulong id) =>
        status.Progress.Any(member => member.Id == id && member.Match >= status.HardState.Commit && (member.IsRecentlyActive || id == status.Id));
}
