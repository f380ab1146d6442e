using Konsul.Mesh.Raft.Diagnostics;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Core;

/// <summary>What is applied, and configurations, which count from when they are applied.</summary>
internal sealed partial class RaftCore
{
    /// <summary>The configuration is as of this entry. A snapshot sets it at once, while older entries may still wait to be applied.</summary>
    private ulong _membersIndex;

    /// <exception cref="RaftInvariantException">The change is impossible; one that was checked when it was proposed never is.</exception>
    public ConfState Apply(ConfChange change, ulong index)
    {
        if (index <= _membersIndex)
        {
            return _tracker.Members;
        }

        if (!new ConfChanger(_tracker, Log.LastIndex).TryApply(change, out var after, out var refusal))
        {
            throw new RaftInvariantException($"A committed configuration change cannot be applied: {refusal}.");
        }

        _membersIndex = index;
        return SwitchTo(after);
    }

    /// <summary>Null when the change may enter the log. One at a time, since each is judged by the configuration before it.</summary>
    private string? WhyNot(ConfChange change)
    {
        if (!_options.ValidateConfChanges)
        {
            return null;
        }

        if (_pendingConfIndex > Log.Applied && Has(RaftRules.OneConfChangeAtATime))
        {
            return $"possible unapplied conf change at index {_pendingConfIndex} (applied to {Log.Applied})";
        }

        if (_tracker.Members.IsJoint && !change.Steps.IsEmpty)
        {
            return "must transition out of joint config first";
        }

        if (!_tracker.Members.IsJoint && change.Steps.IsEmpty)
        {
            return "not in joint state; refusing empty conf change";
        }

        return new ConfChanger(_tracker, Log.LastIndex).TryApply(change, out _, out var refusal) ? null : refusal;
    }

    private ConfState SwitchTo(ConfTransition conf)
    {
        _tracker.Replace(conf.Members, conf.Progress);
        _trace.Info($"{Id:x} switched to configuration {RaftText.Config(conf.Members)}");
        if (Role != RaftRole.Leader)
        {
            return conf.Members;
        }

        if (_tracker.Find(Id) is null || IsLearner)
        {
            if (_options.StepDownOnRemoval)
            {
                BecomeFollower(Term, 0);
            }

            return conf.Members;
        }

        if (TryCommit())
        {
            ReleaseWaitingReads();
            BroadcastAppend();
        }
        else
        {
            // New members need not wait for the next heartbeat.
            foreach (var id in conf.Progress.Keys.Where(id => id != Id))
            {
                TrySendAppend(id, evenIfEmpty: false);
            }
        }

        if (_transferee != 0 && !_tracker.IsVoter(_transferee))
        {
            _transferee = 0;
        }

        // Fewer voters may be enough for reads that wait.
        ConfirmReads();
        return conf.Members;
    }

    private void AppliedSnapshot(Snapshot? snapshot)
    {
        if (snapshot is null)
        {
            return;
        }

        Log.Unstable.StableSnapshotTo(snapshot.Index);
        AppliedTo(snapshot.Index, 0);
    }

    private void AppliedEntries(ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty)
        {
            return;
        }

        AppliedTo(entries[^1].Index, EntrySize.Of(entries));
        _uncommittedBytes -= Math.Min(_uncommittedBytes, EntrySize.Payload(entries));
    }

    private void AppliedTo(ulong index, ulong bytes)
    {
        var applied = Math.Max(index, Log.Applied);
        Log.AppliedTo(applied, bytes);
        LeaveJointIfDue();
    }

    private void LeaveJointIfDue()
    {
        _leaveWasRefused = false;
        if (!_tracker.Members.AutoLeave || Log.Applied < _pendingConfIndex || Role != RaftRole.Leader)
        {
            return;
        }

        // Empty, so that no limit of size refuses it; a transfer may, then it is tried again when that has ended, also if nothing is ever written.
        var leave = new Message { Type = MessageType.Prop, From = Id, Entries = [new Entry(0, 0, EntryType.ConfChangeV2, default)] };
        var result = Step(leave);
        if (result.IsOk)
        {
            _trace.Info($"initiating automatic transition out of joint configuration {RaftText.Config(_tracker.Members)}");
        }
        else
        {
            _leaveWasRefused = true;
            _trace.Debug(
                $"not initiating automatic transition out of joint configuration {RaftText.Config(_tracker.Members)}: {result.Outcome}");
        }
    }
}
