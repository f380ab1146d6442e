using System.Collections.Immutable;

namespace Konsul.Mesh.Raft;

/// <summary>Handing work out and taking back that it is done.</summary>
public sealed partial class RaftNode
{
    private readonly List<Entry> _committed = [];

    /// <summary>Without asynchronous storage writes: what the storage would answer.</summary>
    private readonly List<Message> _onAdvance = [];

    private SoftState _softState;
    private HardState _hardState;
    private bool _isReadyOut;

    /// <summary>Committed entries may be applied in the same turn that makes them durable, but only when one Ready is carried out after the other.</summary>
    private bool AppliesUnstable => !_options.AsyncStorageWrites || !_core.Rules.HasFlag(RaftRules.AppliesOnlyDurable);

    public bool HasReady =>
        _core.SoftState != _softState
        || _core.HardState != _hardState
        || _core.Messages.Count > 0
        || _core.MessagesAfterAppend.Count > 0
        || _core.Log.Unstable.HasNextEntries
        || _core.Log.Unstable.NextSnapshot is not null
        || _core.Log.HasNextCommitted(AppliesUnstable)
        || _core.ReadStates.Count > 0;

    /// <summary>What is to be done now; it is not handed out again.</summary>
    /// <exception cref="InvalidOperationException">The last one was not advanced.</exception>
    /// <exception cref="RaftInvariantException">An invariant is broken; nothing of it has left the node.</exception>
    public Ready TakeReady()
    {
        if (_isReadyOut)
        {
            throw new InvalidOperationException("Advance first.");
        }

        _invariants.Check();
        _committed.Clear();
        _core.Log.ReadNextCommitted(AppliesUnstable, _committed);
        var hard = _core.HardState;
        var entries = _core.Log.Unstable.NextEntries();
        var ready = new Ready
        {
            SoftState = _core.SoftState != _softState ? _core.SoftState : null,
            HardState = hard != _hardState ? hard : null,
            ReadStates = [.. _core.ReadStates],
            Entries = entries,
            Snapshot = _core.Log.Unstable.NextSnapshot,
            CommittedEntries = [.. _committed],
            Messages = [.. _core.Messages],
            MessagesAfterAppend = [.. _core.MessagesAfterAppend],
            MustSync = !entries.IsEmpty || hard.Term != _hardState.Term || hard.Vote != _hardState.Vote,
        };
        ready = _options.AsyncStorageWrites ? WithStorageMessages(ready) : HoldForAdvance(ready);
        Accept(ready);
        return ready;
    }

    /// <summary>The last Ready is carried out: stored, sent and applied.</summary>
    /// <exception cref="InvalidOperationException">With asynchronous storage writes, where responses tell that.</exception>
    public void Advance()
    {
        if (_options.AsyncStorageWrites)
        {
            throw new InvalidOperationException("Deliver the responses of the storage messages instead.");
        }

        _isReadyOut = false;
        foreach (var message in _onAdvance.ToArray())
        {
            _core.Step(message);
        }

        _onAdvance.Clear();
    }

    private void Accept(Ready ready)
    {
        (_softState, _hardState) = (_core.SoftState, _core.HardState);
        _isReadyOut = !_options.AsyncStorageWrites;
        _core.ReadStates.Clear();
        _core.Messages.Clear();
        _core.MessagesAfterAppend.Clear();
        _core.Log.Unstable.AcceptInProgress();
        if (!ready.CommittedEntries.IsEmpty)
        {
            _core.Log.AcceptApplying(ready.CommittedEntries[^1].Index, EntrySize.Of(ready.CommittedEntries.AsSpan()), AppliesUnstable);
        }
    }

    private Ready HoldForAdvance(Ready ready)
    {
        _onAdvance.AddRange(ready.MessagesAfterAppend.Where(message => message.To == Id));
        if (StorageResponse(ready) is { } stored)
        {
            _onAdvance.Add(stored);
        }

        if (!ready.CommittedEntries.IsEmpty)
        {
            _onAdvance.Add(ApplyResponse(ready.CommittedEntries));
        }

        return ready with { MessagesAfterAppend = ready.MessagesAfterAppend.RemoveAll(message => message.To == Id) };
    }

    private Ready WithStorageMessages(Ready ready)
    {
        var messages = ready.Messages;
        var hasPromises = !ready.MessagesAfterAppend.IsEmpty;
        if (!ready.Entries.IsEmpty || ready.HardState is not null || ready.Snapshot is not null || hasPromises)
        {
            // Acknowledgements to this node go before the storage's own: the terms they ask for are then still in memory.
            var stored = StorageResponse(ready);
            messages = messages.Add(new Message
            {
                Type = MessageType.StorageAppend,
                To = LocalTarget.Append,
                From = Id,
                Term = ready.HardState?.Term ?? 0,
                Vote = ready.HardState?.Vote ?? 0,
                Commit = ready.HardState?.Commit ?? 0,
                Entries = ready.Entries,
                Snapshot = ready.Snapshot,
                Responses = stored is null ? ready.MessagesAfterAppend : ready.MessagesAfterAppend.Add(stored),
            });
        }

        if (!ready.CommittedEntries.IsEmpty)
        {
            messages = messages.Add(new Message
            {
                Type = MessageType.StorageApply,
                To = LocalTarget.Apply,
                From = Id,
                Entries = ready.CommittedEntries,
                Responses = [ApplyResponse(ready.CommittedEntries)],
            });
        }

        return ready with { Messages = messages, MessagesAfterAppend = [] };
    }

    /// <summary>
    /// What frees unstable entries. It names the log's last entry of now, whether or not that is written by this very message, and the term: while
    /// the term stays, nobody replaces what is being written. An answer of an older term is dropped, and since each new term writes its hard
    /// state, one that counts always follows.
    /// </summary>
    private Message? StorageResponse(Ready ready)
    {
        var hasUnstable = _core.Log.Unstable.Count > 0;
        if (!hasUnstable && ready.Snapshot is null)
        {
            return null;
        }

        var last = _core.Log.LastId;
        return new Message
        {
            Type = MessageType.StorageAppendResp,
            To = Id,
            From = LocalTarget.Append,
            Term = _core.Term,
            Index = hasUnstable ? last.Index : 0,
            LogTerm = hasUnstable ? last.Term : 0,
            Snapshot = ready.Snapshot,
        };
    }

    private Message ApplyResponse(ImmutableArray<Entry> applied) =>
        new() { Type = MessageType.StorageApplyResp, To = Id, From = LocalTarget.Apply, Entries = applied };
}
