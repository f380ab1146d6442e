using System.Globalization;
using Konsul.Mesh.Raft.Log;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Core;

/// <summary>What a follower does.</summary>
internal sealed partial class RaftCore
{
    private StepResult StepFollower(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Prop:
                return ForwardProposal(message);
            case MessageType.App:
                HearLeader(message);
                return HandleAppend(message);
            case MessageType.Heartbeat:
                HearLeader(message);
                Log.CommitTo(message.Commit);
                Send(new Message { Type = MessageType.HeartbeatResp, To = message.From, Context = message.Context });
                break;
            case MessageType.Snap:
                HearLeader(message);
                HandleSnapshot(message);
                break;
            case MessageType.TransferLeader:
                if (Leader == 0)
                {
                    _trace.Info($"{Id:x} no leader at term {Term}; dropping leader transfer msg");
                    return new StepResult(StepOutcome.NoLeader);
                }

                return Forward(message);
            case MessageType.ForgetLeader:
                return Forget();
            case MessageType.TimeoutNow:
                _trace.Info($"{Id:x} [term {Term}] received MsgTimeoutNow from {message.From:x} and starts an election to get leadership.");
                Hup(Campaign.Transfer);
                break;
            case MessageType.ReadIndex:
                if (Leader == 0)
                {
                    _trace.Info($"{Id:x} no leader at term {Term}; dropping index reading msg");
                    return new StepResult(StepOutcome.NoLeader);
                }

                return Forward(message);
            case MessageType.ReadIndexResp:
                ReadStates.Add(new ReadState(message.Context, message.Index));
                break;
        }

        return StepResult.Ok;
    }

    /// <summary>Any word of the leader counts as contact, also one that is refused afterwards; else a follower that is behind would start pre-votes for
    /// ever (redpanda #30817).</summary>
    private void HearLeader(Message message)
    {
        if (Has(RaftRules.AppendRefreshesElection) || message.Type != MessageType.App)
        {
            _electionElapsed = 0;
        }

        Leader = message.From;
    }

    private StepResult ForwardProposal(Message message)
    {
        if (Leader == 0)
        {
            _trace.Info($"{Id:x} no leader at term {Term}; dropping proposal");
            return new StepResult(StepOutcome.NoLeader);
        }

        if (!_options.ForwardProposals)
        {
            _trace.Info($"{Id:x} not forwarding to leader {Leader:x} at term {Term}; dropping proposal");
            return new StepResult(StepOutcome.NotLeader, Leader);
        }

        return Forward(message);
    }

    /// <summary>One hop only: a transport trusts no message that names another sender than its own.</summary>
    private StepResult Forward(Message message)
    {
        if (message.From != 0 && message.From != Id)
        {
            return new StepResult(StepOutcome.NotLeader, Leader);
        }

        Send(message with { To = Leader, From = Id });
        return StepResult.Ok;
    }

    private StepResult Forget()
    {
        if (_options.ReadMode == ReadMode.Lease)
        {
            _trace.Error("ignoring MsgForgetLeader due to ReadOnlyLeaseBased");
            return new StepResult(StepOutcome.Refused, Reason: "Somebody may hold a lease that a vote would break.");
        }

        if (Leader != 0)
        {
            _trace.Info($"{Id:x} forgetting leader {Leader:x} at term {Term}");
            Leader = 0;
        }

        return StepResult.Ok;
    }

    private StepResult HandleAppend(Message message)
    {
        // What is committed here is the same there.
        if (message.Index < Log.Committed)
        {
            Send(new Message { Type = MessageType.AppResp, To = message.From, Index = Log.Committed });
            return StepResult.Ok;
        }

        var previous = new EntryId(message.LogTerm, message.Index);
        if (Log.TryAppend(previous, message.Entries.AsSpan(), message.Commit, out var last, Has(RaftRules.AppendNeedsMatch)))
        {
            Send(new Message { Type = MessageType.AppResp, To = message.From, Index = last });
            return StepResult.Ok;
        }

        _trace.Debug(
            $"{Id:x} [logterm: {Log.TermOrZero(message.Index)}, index: {message.Index}] rejected MsgApp "
            + $"[logterm: {message.LogTerm}, index: {message.Index}] from {message.From:x}");
        var hint = Log.FindConflictByTerm(Math.Min(message.Index, Log.LastIndex), message.LogTerm);
        Send(new Message
        {
            Type = MessageType.AppResp,
            To = message.From,
            Index = message.Index,
            Reject = true,
            RejectHint = hint.Index,
            LogTerm = hint.Term,
        });
        return StepResult.Ok;
    }

    private void HandleSnapshot(Message message)
    {
        var snapshot = message.Snapshot ?? Snapshot.None;
        var isRestored = TryRestore(snapshot);
        var what = isRestored ? "restored" : "ignored";
        _trace.Info($"{Id:x} [commit: {Log.Committed}] {what} snapshot [index: {snapshot.Index}, term: {snapshot.Term}]");
        Send(new Message { Type = MessageType.AppResp, To = message.From, Index = isRestored ? Log.LastIndex : Log.Committed });
    }

    /// <summary>The snapshot may be from before this node was a member: the log behind it tells.</summary>
    private bool TryRestore(Snapshot snapshot)
    {
        if (snapshot.Index <= Log.Committed)
        {
            return false;
        }

        if (Log.Matches(new EntryId(snapshot.Term, snapshot.Index)))
        {
            var own = Log.LastId;
            _trace.Info(
                $"{Id:x} [commit: {Log.Committed}, lastindex: {own.Index}, lastterm: {own.Term}] fast-forwarded commit to snapshot "
                + $"[index: {snapshot.Index}, term: {snapshot.Term}]");
            Log.CommitTo(snapshot.Index);
            return false;
        }

        Log.Restore(snapshot);
        _membersIndex = snapshot.Index;
        _tracker = NewTracker();
        SwitchTo(ConfRestorer.Restore(_tracker, snapshot.Members, Log.LastIndex));
        var last = Log.LastId;
        _trace.Info(
            $"{Id:x} [commit: {Log.Committed}, lastindex: {last.Index}, lastterm: {last.Term}] restored snapshot "
            + $"[index: {snapshot.Index}, term: {snapshot.Term}]");
        return true;
    }
}
