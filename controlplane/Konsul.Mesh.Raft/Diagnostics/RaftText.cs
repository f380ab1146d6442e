using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Diagnostics;

/// <summary>How configurations and progress are written in traces: the notation of the field (etcd-io/raft), ids in hex.</summary>
internal static class RaftText
{
    public static string Config(ConfState members)
    {
        var text = new StringBuilder("voters=").Append(Set(members.Voters));
        if (members.IsJoint)
        {
            text.Append("&&").Append(Set(members.VotersOutgoing));
        }

        if (!members.Learners.IsEmpty)
        {
            text.Append(" learners=").Append(Set(members.Learners));
        }

        if (!members.LearnersNext.IsEmpty)
        {
            text.Append(" learners_next=").Append(Set(members.LearnersNext));
        }

        return text.Append(members.AutoLeave ? " autoleave" : "").ToString();
    }

    public static string Progress(Progress progress)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"State{progress.State} match={progress.Match} next={progress.Next}");
        text.Append(progress.IsLearner ? " learner" : "").Append(progress.IsPaused ? " paused" : "");
        if (progress.PendingSnapshot > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" pendingSnap={progress.PendingSnapshot}");
        }

        text.Append(progress.RecentActive ? "" : " inactive");
        if (progress.Inflights.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" inflight={progress.Inflights.Count}").Append(progress.Inflights.IsFull ? "[full]" : "");
        }

        return text.ToString();
    }

    public static string ConfChange(ConfChange change)
    {
        var transition = change.Transition == ConfChangeTransition.Auto ? "Auto" : change.Transition.ToString();
        var text = new StringBuilder("transition:ConfChangeTransition").Append(transition);
        foreach (var step in change.Steps)
        {
            var type = step.Type switch
            {
                ConfChangeType.AddVoter => "AddNode",
                ConfChangeType.Remove => "RemoveNode",
                ConfChangeType.AddLearner => "AddLearnerNode",
                _ => "UpdateNode",
            };
            text.Append(CultureInfo.InvariantCulture, $" changes:{{type:ConfChange{type} node_id:{step.NodeId}}}");
        }

        return text.ToString();
    }

    public static string Ids(ImmutableArray<ulong> ids, char separator) =>
        string.Join(separator, ids.Select(id => id.ToString("x", CultureInfo.InvariantCulture)));

    private static string Set(ImmutableArray<ulong> ids) => $"({Ids(ids, ' ')})";
}
