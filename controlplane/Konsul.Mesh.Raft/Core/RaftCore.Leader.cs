using System.Globalization;
using Konsul.Mesh.Raft.Diagnostics;
using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Core;

/// <summary>What a leader does with requests and with its own clock.</summary>
internal sealed partial class RaftCore
{
    private StepResult StepLeader(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Beat:
                BroadcastHeartbeat();
                return StepResult.Ok;
            case MessageType.CheckQuorum:
                CheckQuorum();
                return StepResult.Ok;
            case MessageType.Prop:
                return Propose(message);
            case MessageType.ReadIndex:
                return AskRead(message);
            case MessageType.TransferLeader:
                Transfer(message.Context);
                return StepResult.Ok;
            case MessageType.ForgetLeader:
                return StepResult.Ok;
        }

        if (_tracker.Find(message.From) is not { } progress)
        {
            _trace.Debug($"{Id:x} no progress available for {message.From:x}");
            return StepResult.Ok;
        }

        switch (message.Type)
        {
            case MessageType.AppResp when message.Reject:
                progress.RecentActive = true;
                HandleRejectedAppend(message, progress);
                break;
            case MessageType.AppResp:
                progress.RecentActive = true;
                return HandleAppended(message, progress);
            case MessageType.HeartbeatResp:
                HandleHeartbeatResponse(message, progress);
                break;
            case MessageType.SnapStatus:
                HandleSnapshotStatus(message, progress);
                break;
            case MessageType.Unreachable:
                if (progress.State == ProgressState.Replicate)
                {
                    progress.BecomeProbe();
                }

                _trace.Debug($"{Id:x} failed to send message to {message.From:x} because it is unreachable [{RaftText.Progress(progress)}]");
                break;
        }

        return StepResult.Ok;
    }

    private void CheckQuorum()
    {
        if (Has(RaftRules.LeaderStepsDownWithoutQuorum) && !_tracker.IsQuorumActive(_rules))
        {
            _trace.Warning(string.Create(CultureInfo.InvariantCulture, $"{Id:x} stepped down to follower since quorum is not active"));
            BecomeFollower(Term, 0);
        }

        for (var i = 0; i < _tracker.Progress.Count; i++)
        {
            _tracker.Progress.GetValueAtIndex(i).RecentActive &= _tracker.Progress.GetKeyAtIndex(i) == Id;
        }
    }

    private StepResult Propose(Message message)
    {
        if (_tracker.Find(Id) is null)
        {
            return new StepResult(StepOutcome.Removed);
        }

        // Whoever takes over must not be overtaken by new entries.
        if (_transferee != 0 && Has(RaftRules.TransferStopsProposals))
        {
            _trace.Debug($"{Id:x} [term {Term}] transfer leadership to {_transferee:x} is in progress; dropping proposal");
            return new StepResult(StepOutcome.TransferInProgress);
        }

        var result = StepResult.Ok;
        var entries = message.Entries.ToArray();
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Type == EntryType.Normal)
            {
                continue;
            }

            if (!ConfChange.TryDecode(entries[i].Type, entries[i].Data, out var change))
            {
                return StepResult.Malformed("The configuration change cannot be read.");
            }

            if (WhyNot(change) is { } reason)
            {
                _trace.Info($"{Id:x} ignoring conf change {RaftText.ConfChange(change)} at config {RaftText.Config(_tracker.Members)}: {reason}");
                entries[i] = default;
                result = new StepResult(StepOutcome.Refused, Reason: reason);
            }
            else
            {
                _pendingConfIndex = Log.LastIndex + (ulong)i + 1;
            }
        }

        if (!AppendOwn(entries))
        {
            return new StepResult(StepOutcome.Overloaded);
        }

        BroadcastAppend();
        return result;
    }

    private void Transfer(ulong to)
    {
        if (_tracker.Find(to) is not { } progress)
        {
            _trace.Debug($"{Id:x} no progress available for {to:x}");
            return;
        }

        if (progress.IsLearner)
        {
            _trace.Debug($"{Id:x} is learner. Ignored transferring leadership");
            return;
        }

        if (_transferee == to)
        {
            _trace.Info($"{Id:x} [term {Term}] transfer leadership to {to:x} is in progress, ignores request to same node {to:x}");
            return;
        }

        if (_transferee != 0)
        {
            _trace.Info($"{Id:x} [term {Term}] abort previous transferring leadership to {_transferee:x}");
            _transferee = 0;
        }

        if (to == Id)
        {
            _trace.Debug($"{Id:x} is already leader. Ignored transferring leadership to self");
            return;
        }

        _trace.Info($"{Id:x} [term {Term}] starts to transfer leadership to {to:x}");
        _electionElapsed = 0;
        _transferee = to;
        if (progress.Match == Log.LastIndex)
        {
            SendTimeoutNow(to);
            _trace.Info($"{Id:x} sends MsgTimeoutNow to {to:x} immediately as {to:x} already has up-to-date log");
        }
        else
        {
            SendAppend(to);
        }
    }
}
