using System.Collections.Immutable;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Membership;

/// <summary>Brings a fresh tracker to a stored configuration by the same steps that any change takes, so that the same rules are checked.</summary>
internal static class ConfRestorer
{
    /// <exception cref="RaftInvariantException">The stored configuration is none that changes could have led to.</exception>
    public static ConfTransition Restore(ProgressTracker fresh, ConfState stored, ulong lastIndex)
    {
        ImmutableArray<ConfChangeStep> enter =
        [
            .. stored.VotersOutgoing.Select(id => new ConfChangeStep(ConfChangeType.Remove, id)),
            .. stored.Voters.Select(id => new ConfChangeStep(ConfChangeType.AddVoter, id)),
            .. stored.Learners.Concat(stored.LearnersNext).Select(id => new ConfChangeStep(ConfChangeType.AddLearner, id)),
        ];
        foreach (var id in stored.VotersOutgoing)
        {
            Run(fresh, lastIndex, new ConfChange { Steps = [new(ConfChangeType.AddVoter, id)] });
        }

        if (stored.IsJoint)
        {
            var transition = stored.AutoLeave ? ConfChangeTransition.JointImplicit : ConfChangeTransition.JointExplicit;
            Run(fresh, lastIndex, new ConfChange { Transition = transition, Steps = enter });
        }
        else
        {
            foreach (var step in enter)
            {
                Run(fresh, lastIndex, new ConfChange { Steps = [step] });
            }
        }

        var restored = new ConfTransition(fresh.Members, fresh.Progress);
        return IsSame(stored, restored.Members) ? restored : throw new RaftInvariantException("The stored configuration contradicts itself.");
    }

    private static void Run(ProgressTracker tracker, ulong lastIndex, ConfChange change)
    {
        if (!new ConfChanger(tracker, lastIndex).TryApply(change, out var after, out var refusal))
        {
            throw new RaftInvariantException($"The stored configuration is impossible: {refusal}.");
        }

        tracker.Replace(after.Members, after.Progress);
    }

    /// <summary>Stored lists may be in any order.</summary>
    private static bool IsSame(ConfState stored, ConfState restored) =>
        restored.Equals(stored with
        {
            Voters = stored.Voters.Sort(),
            VotersOutgoing = stored.VotersOutgoing.Sort(),
            Learners = stored.Learners.Sort(),
            LearnersNext = stored.LearnersNext.Sort(),
        });
}
