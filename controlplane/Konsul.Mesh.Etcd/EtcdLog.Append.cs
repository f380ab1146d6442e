using Konsul.Mesh.Etcd.Batches;
using Konsul.Mesh.Raft.Host;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Etcd;

/// <summary>From proposals to batches in etcd, one batch at a time: while one is under way the next one gathers.</summary>
public sealed partial class EtcdLog
{
    /// <summary>So long after another server's batch this one leaves others their turn.</summary>
    private static readonly TimeSpan SharedFor = TimeSpan.FromSeconds(1);

    private readonly List<Proposal> _waiting = [];
    private InFlight? _inFlight;
    private int _maxBatchBytes;
    private ulong _sequence;
    private long _appends;
    private bool _diskFull;
    private bool _yielding;
    private long? _lastForeign;

    private int MaxBatchBytes => _maxBatchBytes == 0 ? _options.MaxBatchBytes : _maxBatchBytes;

    private void StartAppend()
    {
        if (_inFlight is not null || _waiting.Count == 0 || IsBehind || _yielding)
        {
            return;
        }

        var (count, bytes) = (0, 0);
        do
        {
            bytes += _waiting[count++].Command.Length;
        }
        while (count < _waiting.Count && count < _options.MaxBatchEntries && bytes + _waiting[count].Command.Length <= MaxBatchBytes);

        var proposals = _waiting.GetRange(0, count);
        _waiting.RemoveRange(0, count);
        var first = _replica.Next;
        var commands = proposals.ConvertAll(p => p.Command);
        var value = BatchCodec.Encode(_writer, ++_sequence, first, commands, _replica.Chain);
        var batch = BatchCodec.Decode(value, "a batch of this server");
        var inFlight = _inFlight = new InFlight(batch, proposals, _time.GetTimestamp());
        var lastBatch = _replica.LastBatch;
        Beside(
            () => _store.AppendAsync(first, lastBatch, value, refused => _mailbox.Writer.TryWrite(() => Blocked(inFlight, refused)), _stop.Token),
            outcome => AppendEnded(inFlight, outcome));
    }

    /// <summary>An earlier try of this batch may still get in, so it is not given up; but what waits behind it cannot be written for as long.</summary>
    private void Blocked(InFlight blocked, AppendOutcome.Refused refused)
    {
        if (_inFlight != blocked || refused.Refusal != ProposalRefusal.DiskFull)
        {
            return;
        }

        NoteFull(refused);
        foreach (var proposal in _waiting)
        {
            Release(proposal.Command.Length);
            proposal.Fail(new ProposalRefusedException(refused.Refusal, refused.Reason));
        }

        _waiting.Clear();
    }

    private void AppendEnded(InFlight ended, AppendOutcome outcome)
    {
        if (outcome is not AppendOutcome.Refused)
        {
            _appends++;
            _diskFull = false;
        }

        switch (outcome)
        {
            case AppendOutcome.Appended:
                Offer(ended.Batch);
                Forget(ended);
                Yield(_time.GetElapsedTime(ended.Since));
                break;
            case AppendOutcome.Taken taken:
                TakeUp(ended, taken);
                break;
            case AppendOutcome.Refused { Refusal: ProposalRefusal.TooLarge } when ended.Proposals.Count > 1:
                // etcd's limit of a request is lower than its default: smaller batches from now on.
                _maxBatchBytes = Math.Max(1, MaxBatchBytes / 2);
                PutBack(ended);
                break;
            case AppendOutcome.Refused refused:
                Refuse(ended, refused);
                break;
        }
    }

    /// <summary>
    /// The server whose batch went in knows so first, and would be first again and again: while others append too it waits for as long as its own
    /// batch took, in which they have their turn.
    /// </summary>
    private void Yield(TimeSpan took)
    {
        if (_lastForeign is not { } last || _time.GetElapsedTime(last) > SharedFor || _closing)
        {
            return;
        }

        _yielding = true;
        var pause = took < SharedFor ? took : SharedFor;
        Beside(
            async () =>
            {
                await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(false);
                return true;
            },
            _ => _yielding = false);
    }

    /// <summary>Somebody else was first at this place: what was found there is applied, then these commands get the next place.</summary>
    private void TakeUp(InFlight ended, AppendOutcome.Taken taken)
    {
        foreach (var found in taken.Found)
        {
            Offer(_store.Decode(found));
        }

        if (ended.Overtaken)
        {
            Forget(ended);
        }

        if (_inFlight != ended)
        {
            return;
        }

        if (taken.Found.Count == 0 && _replica.Next == ended.Batch.First)
        {
            throw new LogStoppedException(
                $"etcd no longer holds entry {_replica.LastBatch}, which this server has applied: etcd was restored from a backup, or its keys were deleted.");
        }

        PutBack(ended);
    }

    /// <summary>Gives up the batch, unless it was applied here; it may be in the log.</summary>
    private void Forget(InFlight ended)
    {
        if (_inFlight != ended)
        {
            return;
        }

        _inFlight = null;
        foreach (var proposal in ended.Proposals)
        {
            Release(proposal.Command.Length);
            proposal.Fail(new TimeoutException("This server had to catch up by a snapshot; whether the command was appended is not known."));
        }
    }

    private void PutBack(InFlight ended)
    {
        _inFlight = null;
        _waiting.InsertRange(0, ended.Proposals.Where(p => !p.Task.IsCompleted));
        foreach (var gone in ended.Proposals.Where(p => p.Task.IsCompleted))
        {
            Release(gone.Command.Length);
        }
    }

    private void Refuse(InFlight ended, AppendOutcome.Refused refused)
    {
        if (refused.Refusal == ProposalRefusal.DiskFull)
        {
            NoteFull(refused);
        }

        _inFlight = null;
        foreach (var proposal in ended.Proposals)
        {
            Release(proposal.Command.Length);
            proposal.Fail(new ProposalRefusedException(refused.Refusal, refused.Reason));
        }
    }

    private void NoteFull(AppendOutcome.Refused refused)
    {
        if (!_diskFull)
        {
            _logger.LogError("Writes are refused until there is space: {Reason}", refused.Reason);
        }

        _diskFull = true;
    }

    /// <summary>Applies the batch if it is the next one. One seen before is passed over; one beyond the next shows a gap, which a read fills.</summary>
    private void Offer(Batch batch)
    {
        _highest = Math.Max(_highest, batch.First);
        if (batch.First != _replica.Next)
        {
            return;
        }

        var results = _replica.Apply(batch);
        _entriesSinceSnapshot += results.Length;
        _bytesSinceSnapshot += batch.Value.Length;
        if (batch.Writer != _writer)
        {
            _lastForeign = _time.GetTimestamp();
        }

        if (_inFlight is not { } own || own.Batch.Writer != batch.Writer || own.Batch.Sequence != batch.Sequence)
        {
            return;
        }

        _inFlight = null;
        var term = (ulong)_session.View.Term;
        for (var i = 0; i < results.Length; i++)
        {
            Release(own.Proposals[i].Command.Length);
            own.Proposals[i].Complete(new Committed(batch.First + (ulong)i, term, results[i]));
        }
    }

    private sealed record InFlight(Batch Batch, List<Proposal> Proposals, long Since)
    {
        /// <summary>The state was replaced by a snapshot meanwhile: whether it holds these commands cannot be told.</summary>
        public bool Overtaken { get; set; }
    }
}
