using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Membership;

/// <summary>
/// Computes the configuration after a change, or says why there is none; changes nothing itself. A voter that is to become a learner while the
/// old configuration still counts it waits in LearnersNext, so that nobody is voter and learner at once.
/// </summary>
internal sealed class ConfChanger(ProgressTracker tracker, ulong lastIndex)
{
    private readonly SortedSet<ulong> _incoming = [];
    private readonly SortedSet<ulong> _outgoing = [];
    private readonly SortedSet<ulong> _learners = [];
    private readonly SortedSet<ulong> _learnersNext = [];
    private readonly SortedList<ulong, Progress> _progress = [];
    private bool _autoLeave;

    public bool TryApply(ConfChange change, [NotNullWhen(true)] out ConfTransition? after, out string refusal)
    {
        if (change.LeavesJoint)
        {
            return TryLeaveJoint(out after, out refusal);
        }

        return change.EntersJoint ? TryEnterJoint(change.AutoLeave, change.Steps, out after, out refusal) : TrySimple(change.Steps, out after, out refusal);
    }

    /// <summary>Changes at most one voter.</summary>
    public bool TrySimple(ImmutableArray<ConfChangeStep> steps, [NotNullWhen(true)] out ConfTransition? after, out string refusal)
    {
        Load();
        if (_outgoing.Count > 0)
        {
            return Refuse("can't apply simple config change in joint config", out after, out refusal);
        }

        if (!TryRun(steps, out refusal))
        {
            after = null;
            return false;
        }

        var changed = new SortedSet<ulong>(tracker.Members.Voters);
        changed.SymmetricExceptWith(_incoming);
        return changed.Count > 1
            ? Refuse("more than one voter changed without entering joint config", out after, out refusal)
            : Finish(out after, out refusal);
    }

    public bool TryEnterJoint(bool autoLeave, ImmutableArray<ConfChangeStep> steps, [NotNullWhen(true)] out ConfTransition? after, out string refusal)
    {
        Load();
        if (_outgoing.Count > 0)
        {
            return Refuse("config is already joint", out after, out refusal);
        }

        if (_incoming.Count == 0)
        {
            return Refuse("can't make a zero-voter config joint", out after, out refusal);
        }

        _outgoing.UnionWith(_incoming);
        if (!TryRun(steps, out refusal))
        {
            after = null;
            return false;
        }

        _autoLeave = autoLeave;
        return Finish(out after, out refusal);
    }

    public bool TryLeaveJoint([NotNullWhen(true)] out ConfTransition? after, out string refusal)
    {
        Load();
        if (_outgoing.Count == 0)
        {
            return Refuse("can't leave a non-joint config", out after, out refusal);
        }

        foreach (var id in _learnersNext)
        {
            _learners.Add(id);
            _progress[id].IsLearner = true;
        }

        _learnersNext.Clear();
        foreach (var id in _outgoing)
        {
            if (!_incoming.Contains(id) && !_learners.Contains(id))
            {
                _progress.Remove(id);
            }
        }

        _outgoing.Clear();
        _autoLeave = false;
        return Finish(out after, out refusal);
    }

    private void Load()
    {
        Fill(_incoming, tracker.Members.Voters);
        Fill(_outgoing, tracker.Members.VotersOutgoing);
        Fill(_learners, tracker.Members.Learners);
        Fill(_learnersNext, tracker.Members.LearnersNext);
        _autoLeave = tracker.Members.AutoLeave;
        _progress.Clear();
        for (var i = 0; i < tracker.Progress.Count; i++)
        {
            _progress.Add(tracker.Progress.GetKeyAtIndex(i), tracker.Progress.GetValueAtIndex(i).Clone());
        }
    }

    private bool TryRun(ImmutableArray<ConfChangeStep> steps, out string refusal)
    {
        foreach (var step in steps)
        {
            if (step.NodeId == 0)
            {
                continue;
            }

            switch (step.Type)
            {
                case ConfChangeType.AddVoter:
                    MakeVoter(step.NodeId);
                    break;
                case ConfChangeType.AddLearner:
                    MakeLearner(step.NodeId);
                    break;
                case ConfChangeType.Remove:
                    Remove(step.NodeId);
                    break;
                case ConfChangeType.Update:
                    break;
                default:
                    refusal = $"unexpected conf type {(int)step.Type}";
                    return false;
            }
        }

        refusal = _incoming.Count == 0 ? "removed all voters" : "";
        return _incoming.Count > 0;
    }

    private void MakeVoter(ulong id)
    {
        Track(id, isLearner: false).IsLearner = false;
        _learners.Remove(id);
        _learnersNext.Remove(id);
        _incoming.Add(id);
    }

    private void MakeLearner(ulong id)
    {
        if (!_progress.TryGetValue(id, out var progress))
        {
            Track(id, isLearner: true);
            _learners.Add(id);
            return;
        }

        if (progress.IsLearner)
        {
            return;
        }

        Remove(id);
        _progress[id] = progress;
        if (_outgoing.Contains(id))
        {
            _learnersNext.Add(id);
            return;
        }

        progress.IsLearner = true;
        _learners.Add(id);
    }

    private void Remove(ulong id)
    {
        if (!_progress.ContainsKey(id))
        {
            return;
        }

        _incoming.Remove(id);
        _learners.Remove(id);
        _learnersNext.Remove(id);
        if (!_outgoing.Contains(id))
        {
            _progress.Remove(id);
        }
    }

    private Progress Track(ulong id, bool isLearner)
    {
        if (!_progress.TryGetValue(id, out var progress))
        {
            // Counted as active, or a check of the quorum before its first word would end the leadership.
            progress = new Progress { Next = Math.Max(lastIndex, 1), Inflights = tracker.NewInflights(), IsLearner = isLearner, RecentActive = true };
            _progress.Add(id, progress);
        }

        return progress;
    }

    private bool Finish([NotNullWhen(true)] out ConfTransition? after, out string refusal)
    {
        var members = new ConfState
        {
            Voters = [.. _incoming],
            VotersOutgoing = [.. _outgoing],
            Learners = [.. _learners],
            LearnersNext = [.. _learnersNext],
            AutoLeave = _autoLeave,
        };
        after = new ConfTransition(members, new SortedList<ulong, Progress>(_progress));
        ConfInvariants.Check(after);
        refusal = "";
        return true;
    }

    private static bool Refuse(string reason, out ConfTransition? after, out string refusal)
    {
        (after, refusal) = (null, reason);
        return false;
    }

    private static void Fill(SortedSet<ulong> set, ImmutableArray<ulong> ids)
    {
        set.Clear();
        set.UnionWith(ids);
    }
}
