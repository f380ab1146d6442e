using Konsul.Mesh.Raft.Reads;

namespace Konsul.Mesh.Raft.Core;

/// <summary>Reads that see everything written before them.</summary>
internal sealed partial class RaftCore
{
    private readonly ReadOnlyQueue _reads = new();
    private readonly LeaderLease _lease;

    /// <summary>Arrived before the first commit of this leader's term, when its commit index may still be behind what others acknowledged.</summary>
    private readonly List<Message> _waitingReads = [];

    private readonly List<PendingRead> _confirmed = [];

    /// <summary>Reads of this node that may be answered.</summary>
    public List<ReadState> ReadStates { get; } = [];

    private StepResult AskRead(Message request)
    {
        if (request.From != 0 && request.From != Id && _tracker.Find(request.From) is null)
        {
            return new StepResult(StepOutcome.UnknownPeer);
        }

        if (_waitingReads.Count + _reads.Count >= _options.MaxPendingReads)
        {
            return new StepResult(StepOutcome.Overloaded);
        }

        // Also for a leader alone: after a restart its commit index may be older than what it acknowledged (etcd-io/raft PR 105).
        if (Has(RaftRules.ReadIndexNeedsOwnTermCommit) && !HasCommittedInTerm())
        {
            _waitingReads.Add(request);
            return StepResult.Ok;
        }

        StartRead(request);
        return StepResult.Ok;
    }

    private void StartRead(Message request)
    {
        var hasLease = _options.ReadMode == ReadMode.Lease && _transferee == 0 && _lease.IsHeld;
        if (hasLease || !Has(RaftRules.ReadIndexNeedsQuorum))
        {
            AnswerRead(request.From, request.Context, Log.Committed);
            return;
        }

        _reads.Add(Log.Committed, request.From, request.Context);
        if (!_reads.IsRoundUnderWay)
        {
            // Reads that come while a round is under way share the next one.
            BroadcastHeartbeat();
            ConfirmReads();
        }
    }

    private void ReleaseWaitingReads()
    {
        if (_waitingReads.Count == 0 || !HasCommittedInTerm())
        {
            return;
        }

        var requests = _waitingReads.ToArray();
        _waitingReads.Clear();
        foreach (var request in requests)
        {
            StartRead(request);
        }
    }

    /// <summary>The number that the heartbeats of this moment carry; 0 when they confirm nothing.</summary>
    private ulong StartReadRound()
    {
        if (_options.ReadMode == ReadMode.Lease)
        {
            _reads.TakeNumber();
        }

        var number = _reads.StartRound(Id);
        if (_options.ReadMode == ReadMode.Lease)
        {
            _lease.RoundSent(number);
        }

        return number;
    }

    private void AcknowledgeReads(ulong from, ulong number)
    {
        _reads.RecordAck(from, number);
        ConfirmReads();
    }

    private void ConfirmReads()
    {
        _confirmed.Clear();
        while (_reads.Advance(_tracker, _rules, _confirmed))
        {
            _lease.Confirmed(_reads.ConfirmedNumber);
            if (_reads.Count > 0 && !_reads.IsRoundUnderWay)
            {
                BroadcastHeartbeat();
            }
        }

        foreach (var read in _confirmed)
        {
            AnswerRead(read.From, read.Token, read.Index);
        }
    }

    private void AnswerRead(ulong from, ulong token, ulong index)
    {
        if (from == 0 || from == Id)
        {
            ReadStates.Add(new ReadState(token, index));
        }
        else
        {
            Send(new Message { Type = MessageType.ReadIndexResp, To = from, Index = index, Context = token });
        }
    }

    private bool HasCommittedInTerm() => Log.TermOrZero(Log.Committed) == Term;

    private void ResetReads()
    {
        _waitingReads.Clear();
        _reads.Reset();
        _lease.Reset();
    }
}
