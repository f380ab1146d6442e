namespace Konsul.Mesh.Raft.Membership;

/// <summary>What holds for every configuration: everybody is followed, voters and learners are disjoint, only outgoing voters wait to become
/// learners, and nothing is left of a joint configuration outside one.</summary>
internal static class ConfInvariants
{
    public static void Check(ConfTransition conf)
    {
        var members = conf.Members;
        foreach (var id in members.Voters.Concat(members.VotersOutgoing).Concat(members.Learners).Concat(members.LearnersNext))
        {
            Require(conf.Progress.ContainsKey(id), id, "is a member, but nothing is known of it");
        }

        foreach (var id in members.LearnersNext)
        {
            Require(members.VotersOutgoing.Contains(id), id, "waits to become a learner, but is no outgoing voter");
            Require(!conf.Progress[id].IsLearner, id, "waits to become a learner, but is one already");
        }

        foreach (var id in members.Learners)
        {
            Require(!members.Voters.Contains(id) && !members.VotersOutgoing.Contains(id), id, "is voter and learner at once");
            Require(conf.Progress[id].IsLearner, id, "is a learner, but not followed as one");
        }

        Require(members.IsJoint || (members.LearnersNext.IsEmpty && !members.AutoLeave), 0, "a configuration that is not joint has remains of one");
    }

    /// <summary>Whether changes could have led to it; what comes from elsewhere is judged before it is used.</summary>
    public static bool IsPossible(ConfState members)
    {
        if (members.Voters.IsDefaultOrEmpty || members.VotersOutgoing.IsDefault || members.Learners.IsDefault || members.LearnersNext.IsDefault)
        {
            return false;
        }

        var voters = members.Voters.Union(members.VotersOutgoing).ToArray();
        return AreDistinct(members.Voters) && AreDistinct(members.VotersOutgoing) && AreDistinct(members.Learners) && AreDistinct(members.LearnersNext)
            && !members.Learners.Intersect(voters).Any()
            && members.LearnersNext.All(id => members.VotersOutgoing.Contains(id) && !members.Voters.Contains(id))
            && (members.IsJoint || !members.AutoLeave);
    }

    private static bool AreDistinct(IReadOnlyList<ulong> ids) => ids.Distinct().Count() == ids.Count && !ids.Contains(0UL);

    private static void Require(bool holds, ulong id, string what)
    {
        if (!holds)
        {
            throw new RaftInvariantException($"Configuration: {id} {what}.");
        }
    }
}
