using Konsul.Mesh.Raft.Diagnostics;
using Konsul.Mesh.Raft.Log;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Core;

/// <summary>What a leader does with the answers of its followers.</summary>
internal sealed partial class RaftCore
{
    /// <summary>A refusal never moves Match, let alone the commit index.</summary>
    private void HandleRejectedAppend(Message message, Progress progress)
    {
        _trace.Debug(
            $"{Id:x} received MsgAppResp(rejected, hint: (index {message.RejectHint}, term {message.LogTerm})) from {message.From:x} "
            + $"for index {message.Index}");

        // Terms only grow along a log: where this one has a newer term than the hint, the two cannot agree. One probe for each term at most.
        var probe = message.LogTerm > 0 ? Log.FindConflictByTerm(message.RejectHint, message.LogTerm).Index : message.RejectHint;
        if (!progress.MaybeDecrease(message.Index, probe))
        {
            return;
        }

        _trace.Debug($"{Id:x} decreased progress of {message.From:x} to [{RaftText.Progress(progress)}]");
        if (progress.State == ProgressState.Replicate)
        {
            progress.BecomeProbe();
        }

        SendAppend(message.From);
    }

    private StepResult HandleAppended(Message message, Progress progress)
    {
        if (message.Index > Log.LastIndex)
        {
            return StepResult.Malformed("The answer acknowledges an entry that this leader does not have.");
        }

        if (!Has(RaftRules.MatchNeverDecreases))
        {
            progress.Match = message.Index;
        }

        // An answer that is no news still ends probing.
        if (!progress.MaybeUpdate(message.Index) && !(progress.Match == message.Index && progress.State == ProgressState.Probe))
        {
            return StepResult.Ok;
        }

        ResumeSending(message, progress);
        var isSelf = message.From == Id;
        if (TryCommit())
        {
            ReleaseWaitingReads();
            BroadcastAppend();
        }
        else if (!isSelf && progress.CanBumpCommit(Log.Committed))
        {
            SendAppend(message.From);
        }

        if (isSelf)
        {
            return StepResult.Ok;
        }

        // The window may have room for more than one message now.
        while (TrySendAppend(message.From, evenIfEmpty: false))
        {
        }

        if (message.From == _transferee && progress.Match == Log.LastIndex)
        {
            _trace.Info($"{Id:x} sent MsgTimeoutNow to {message.From:x} after received MsgAppResp");
            SendTimeoutNow(message.From);
        }

        return StepResult.Ok;
    }

    private void ResumeSending(Message message, Progress progress)
    {
        switch (progress.State)
        {
            case ProgressState.Probe:
                progress.BecomeReplicate();
                break;

            // Whatever snapshot it was, also one of another source: it will do when the log goes on from there.
            case ProgressState.Snapshot when progress.Match + 1 >= Log.FirstIndex:
                _trace.Debug(
                    $"{Id:x} recovered from needing snapshot, resumed sending replication messages to {message.From:x} [{RaftText.Progress(progress)}]");
                progress.BecomeProbe();
                progress.BecomeReplicate();
                break;
            case ProgressState.Replicate:
                progress.Inflights.FreeUpTo(message.Index);
                break;
        }
    }

    private void HandleHeartbeatResponse(Message message, Progress progress)
    {
        progress.RecentActive = true;
        progress.FlowPaused = false;
        if (progress.Match < Log.LastIndex || progress.State == ProgressState.Probe)
        {
            SendAppend(message.From);
        }

        if (message.Context != 0)
        {
            AcknowledgeReads(message.From, message.Context);
        }
    }

    private void HandleSnapshotStatus(Message message, Progress progress)
    {
        if (progress.State != ProgressState.Snapshot)
        {
            return;
        }

        if (message.Reject)
        {
            progress.PendingSnapshot = 0;
        }

        progress.BecomeProbe();
        var outcome = message.Reject ? "failed" : "succeeded";
        _trace.Debug($"{Id:x} snapshot {outcome}, resumed sending replication messages to {message.From:x} [{RaftText.Progress(progress)}]");

        // Its acknowledgement or the next heartbeat goes first.
        progress.FlowPaused = true;
    }

    /// <summary>Only an entry of the own term commits by counting; older ones commit with it.</summary>
    private bool TryCommit() =>
        Log.TryCommit(new EntryId(Term, _tracker.CommittedIndex(_rules)), Has(RaftRules.CommitOnlyOwnTerm));
}
