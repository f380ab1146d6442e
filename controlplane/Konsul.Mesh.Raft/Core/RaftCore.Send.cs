using System.Runtime.InteropServices;
using Konsul.Mesh.Raft.Diagnostics;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Core;

/// <summary>What leaves: at once, or after the log is durable.</summary>
internal sealed partial class RaftCore
{
    private readonly List<Entry> _scratch = [];

    /// <summary>May leave at any time; never to this node itself.</summary>
    public List<Message> Messages { get; } = [];

    /// <summary>Promises: leave when everything unstable of this moment is durable. May be to this node itself.</summary>
    public List<Message> MessagesAfterAppend { get; } = [];

    private void Send(Message message)
    {
        message = message with { From = message.From == 0 ? Id : message.From };
        if (message.Type.IsVoting())
        {
            Require(message.Term != 0, "A message of an election has a term.");
        }
        else if (message.Type is not (MessageType.Prop or MessageType.ReadIndex))
        {
            Require(message.Term == 0, "The term of a message is set when it is sent.");
            message = message with { Term = Term };
        }

        if (message.Type.WaitsForDurability() && (message.To == Id || Has(RaftRules.ResponsesWaitForDurability)))
        {
            MessagesAfterAppend.Add(message);
            return;
        }

        Require(message.To != Id, "Only promises are sent to this node itself.");
        Messages.Add(message);
    }

    private void SendAppend(ulong to) => TrySendAppend(to, evenIfEmpty: true);

    /// <summary>Sends what the follower lacks, as much as fits into one message, or a snapshot when the log does not reach back.</summary>
    private bool TrySendAppend(ulong to, bool evenIfEmpty)
    {
        var progress = _tracker.Find(to) ?? throw new RaftInvariantException("Entries were to be sent to somebody who is no member.");
        if (progress.IsPaused)
        {
            return false;
        }

        var previous = progress.Next - 1;
        if (Log.TryGetTerm(previous, out var previousTerm) != LogRead.Ok)
        {
            return TrySendSnapshot(to, progress);
        }

        // With a full window only an empty append goes out now and then: if all of the window was lost, its answer reopens the window.
        _scratch.Clear();
        var isFull = progress.State == ProgressState.Replicate && progress.Inflights.IsFull && Has(RaftRules.InflightWindow);
        var read = isFull ? LogRead.Ok : Log.TryRead(progress.Next, _options.MaxSizePerMessage, _scratch);
        if (_scratch.Count == 0 && !evenIfEmpty)
        {
            return false;
        }

        if (read != LogRead.Ok)
        {
            return TrySendSnapshot(to, progress);
        }

        Send(new Message
        {
            Type = MessageType.App,
            To = to,
            Index = previous,
            LogTerm = previousTerm,
            Entries = [.. _scratch],
            Commit = Log.Committed,
        });
        progress.SentEntries(_scratch.Count, EntrySize.Payload(CollectionsMarshal.AsSpan(_scratch)), Has(RaftRules.InflightWindow));
        progress.SentCommit = Log.Committed;
        return true;
    }

    private bool TrySendSnapshot(ulong to, Progress progress)
    {
        if (!progress.RecentActive)
        {
            _trace.Debug($"ignore sending snapshot to {to:x} since it is not recently active");
            return false;
        }

        if (Log.Snapshot is not { } snapshot)
        {
            _trace.Debug($"{Id:x} failed to send snapshot to {to:x} because snapshot is temporarily unavailable");
            return false;
        }

        _trace.Debug(
            $"{Id:x} [firstindex: {Log.FirstIndex}, commit: {Log.Committed}] sent snapshot[index: {snapshot.Index}, term: {snapshot.Term}] "
            + $"to {to:x} [{RaftText.Progress(progress)}]");
        progress.BecomeSnapshot(snapshot.Index);
        _trace.Debug($"{Id:x} paused sending replication messages to {to:x} [{RaftText.Progress(progress)}]");
        Send(new Message { Type = MessageType.Snap, To = to, Snapshot = snapshot });
        return true;
    }

    private void BroadcastAppend()
    {
        for (var i = 0; i < _tracker.Progress.Count; i++)
        {
            var id = _tracker.Progress.GetKeyAtIndex(i);
            if (id != Id)
            {
                SendAppend(id);
            }
        }
    }

    private void BroadcastHeartbeat()
    {
        var number = StartReadRound();
        for (var i = 0; i < _tracker.Progress.Count; i++)
        {
            var id = _tracker.Progress.GetKeyAtIndex(i);
            if (id == Id)
            {
                continue;
            }

            // The follower may hold something else behind what is known to match.
            var progress = _tracker.Progress.GetValueAtIndex(i);
            var commit = Has(RaftRules.HeartbeatCommitIsCapped) ? Math.Min(progress.Match, Log.Committed) : Log.Committed;
            Send(new Message { Type = MessageType.Heartbeat, To = id, Commit = commit, Context = number });
            progress.SentCommit = commit;
        }
    }

    private void SendTimeoutNow(ulong to)
    {
        _lease.GiveUp();
        Send(new Message { Type = MessageType.TimeoutNow, To = to });
    }
}
