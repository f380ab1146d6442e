namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>
/// Commands of this server. Each is tried in one term at a time: appended here when this node leads, else sent to the leader, who takes it in
/// that term or not at all, and only once. As soon as an entry of a later term is applied, those of earlier terms that were not applied never
/// will be, and are tried again. So a client sees a change of leader as a wait, not as an error, and nothing is applied twice.
/// </summary>
internal sealed partial class NodeDriver
{
    private const int MaxEntriesPerStep = 256;
    private const int MaxBytesPerStep = 1024 * 1024;
    private readonly LinkedList<PendingProposal> _waiting = [];
    private readonly List<PendingProposal> _unsure = [];
    private readonly ForwardedWindow _forwarded = new();
    private ulong _appliedTerm;
    private int _retryForwardsIn;

    public void Propose(PendingProposal proposal) => _waiting.AddLast(proposal);

    /// <summary>Takes commands of another server, if this node leads in just that term.</summary>
    public ForwardOutcome TakeForwarded(ulong term, IReadOnlyList<byte[]> entries)
    {
        Drain();
        if (!IsLeader || (term != _term && _rules.HasFlag(HostRules.ForwardedInTerm)))
        {
            return ForwardOutcome.NotLeader;
        }

        var fresh = entries.Where(e => _forwarded.TryEnter(term, CommandHeader.Read(e, 0)) || !_rules.HasFlag(HostRules.ForwardedOnce)).ToList();
        if (fresh.Count == 0)
        {
            return ForwardOutcome.Appended;
        }

        var result = _node.ProposeAll(fresh);
        if (result.IsOk)
        {
            return ForwardOutcome.Appended;
        }

        fresh.ForEach(e => _forwarded.Forget(CommandHeader.Read(e, 0)));
        return result.Outcome == StepOutcome.Overloaded ? ForwardOutcome.Overloaded : ForwardOutcome.NotLeader;
    }

    /// <summary>How sending commands to the leader of <paramref name="term"/> ended.</summary>
    public void Forwarded(ulong term, IReadOnlyList<PendingProposal> proposals, ForwardOutcome outcome)
    {
        switch (outcome)
        {
            case ForwardOutcome.NotLeader or ForwardOutcome.Overloaded:
                // Some of them may have got in with an earlier attempt in this term that nobody answered; the term decides about those.
                PutBack(proposals.Where(p => p.Term == term && !_unsure.Contains(p)));
                RetryForwardsLater(term);
                break;
            case ForwardOutcome.Unknown when !_rules.HasFlag(HostRules.UnknownWaitsForTerm):
                PutBack(proposals);
                break;
            case ForwardOutcome.Unknown:
                _unsure.AddRange(proposals.Where(p => p.Term == term && !_unsure.Contains(p)));
                RetryForwardsLater(term);
                break;
            default:
                _unsure.RemoveAll(proposals.Contains);
                break;
        }
    }

    /// <summary>Entries up to one of this term were applied here, and the core knows.</summary>
    public void Applied(ulong term)
    {
        if (term <= _appliedTerm)
        {
            return;
        }

        _appliedTerm = term;
        PutBack(_proposals.Where(p => !p.IsWaiting && p.Term < term));
    }

    /// <summary>The state came as a snapshot: what was applied inside it is not known.</summary>
    public void SnapshotApplied(ulong term)
    {
        if (!_rules.HasFlag(HostRules.SnapshotHidesOutcomes))
        {
            PutBack(_proposals.Where(p => !p.IsWaiting && p.Term < term));
            return;
        }

        FailSent(new TimeoutException("The outcome is not known: this server was too far behind and took a snapshot"));
        _appliedTerm = Math.Max(_appliedTerm, term);
    }

    /// <summary>The configuration is that of a snapshot now.</summary>
    public void SnapshotTaken()
    {
        _members = _node.Status().Members;
        SettleChanges();
    }

    private void FailSent(Exception unknown) => _proposals.Where(p => !p.IsWaiting).ForEach(p => _proposals.Fail(p, unknown));

    private void StartProposals()
    {
        while (_waiting.Count > 0 && _leader != 0 && _retryForwardsIn == 0)
        {
            var batch = NextBatch();
            if (batch.Count == 0)
            {
                return;
            }

            if (!IsLeader)
            {
                Send(batch);
                continue;
            }

            var result = _node.ProposeAll(batch.ConvertAll(p => p.Entry));
            if (!result.IsOk)
            {
                Requeue(batch);
                return;
            }

            batch.ForEach(p => (p.Term, p.IsWaiting) = (_term, false));
        }
    }

    private void Send(List<PendingProposal> batch)
    {
        batch.ForEach(p => (p.Term, p.IsWaiting) = (_term, false));
        _effects.Forward(_leader, _term, batch);
    }

    private List<PendingProposal> NextBatch()
    {
        var batch = new List<PendingProposal>();
        var bytes = 0;
        while (_waiting.First is { Value: var next } && batch.Count < MaxEntriesPerStep && (bytes += next.Entry.Length) <= Math.Max(MaxBytesPerStep, next.Entry.Length))
        {
            _waiting.RemoveFirst();
            if (!next.IsOver)
            {
                batch.Add(next);
            }
        }

        return batch;
    }

    /// <summary>To the front, in their order.</summary>
    private void Requeue(List<PendingProposal> batch)
    {
        for (var i = batch.Count - 1; i >= 0; i--)
        {
            batch[i].IsWaiting = true;
            _waiting.AddFirst(batch[i]);
        }
    }

    private void PutBack(IEnumerable<PendingProposal> proposals)
    {
        var back = proposals.Where(p => !p.IsOver && !p.IsWaiting).OrderBy(p => p.Number).ToList();
        _unsure.RemoveAll(back.Contains);
        Requeue(back);
    }

    /// <summary>What an earlier leader answers is no reason to wait for the one of now.</summary>
    private void RetryForwardsLater(ulong term)
    {
        if (term == _term)
        {
            _retryForwardsIn = _timing.ForwardRetryTicks;
        }
    }

    /// <summary>What waited for the leader before this one need not wait any longer.</summary>
    private void RetryForwardsNow()
    {
        _retryForwardsIn = Math.Min(_retryForwardsIn, 1);
        RetryForwards();
    }

    /// <summary>Sends again, in the same term, what may have been lost on its way; the leader knows what it has.</summary>
    private void RetryForwards()
    {
        if (_retryForwardsIn == 0 || --_retryForwardsIn > 0)
        {
            return;
        }

        var again = _unsure.Where(p => !p.IsOver && p.Term == _term).ToList();
        _unsure.RemoveAll(p => p.IsOver || p.Term != _term);
        if (again.Count > 0 && _leader != 0 && !IsLeader)
        {
            _effects.Forward(_leader, _term, again);
        }
        else if (again.Count > 0)
        {
            _retryForwardsIn = _timing.ForwardRetryTicks;
        }
    }
}
