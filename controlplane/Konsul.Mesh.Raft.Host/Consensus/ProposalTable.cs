using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>The commands of this server that have no outcome yet, by number. Bounded in number and bytes; used by all loops.</summary>
internal sealed class ProposalTable(ulong origin, int maxCount, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, PendingProposal> _pending = [];
    private ulong _last;
    private long _bytes;
    private Exception? _closed;

    public ulong Origin => origin;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    /// <exception cref="ProposalRefusedException">Too many wait, or the log is closing.</exception>
    public PendingProposal Add(ReadOnlySpan<byte> command)
    {
        lock (_lock)
        {
            if (_closed is not null)
            {
                throw _closed;
            }

            if (_pending.Count >= maxCount || _bytes + command.Length > maxBytes)
            {
                throw new ProposalRefusedException(
                    ProposalRefusal.Overloaded, $"Overloaded: {_pending.Count} commands with {_bytes} bytes wait to be written. Try again later.");
            }

            var number = ++_last;
            var proposal = new PendingProposal(number, CommandHeader.Wrap(new CommandHeader(origin, number), command));
            _pending.Add(number, proposal);
            _bytes += proposal.Entry.Length;
            return proposal;
        }
    }

    /// <summary>Takes it out for the one who ends it.</summary>
    public bool TryTake(ulong number, [NotNullWhen(true)] out PendingProposal? proposal)
    {
        lock (_lock)
        {
            if (!_pending.Remove(number, out proposal))
            {
                return false;
            }

            _bytes -= proposal.Entry.Length;
            return true;
        }
    }

    public void Fail(PendingProposal proposal, Exception e)
    {
        if (TryTake(proposal.Number, out var taken))
        {
            taken.Fail(e);
        }
    }

    /// <summary>Those that a condition holds for, in the order in which they came.</summary>
    public List<PendingProposal> Where(Predicate<PendingProposal> condition)
    {
        lock (_lock)
        {
            return [.. _pending.Values.Where(p => condition(p)).OrderBy(p => p.Number)];
        }
    }

    public void FailAll(Exception e) => Where(_ => true).ForEach(p => Fail(p, e));

    /// <summary>Fails what is there and refuses what comes.</summary>
    public void Close(Exception e)
    {
        lock (_lock)
        {
            _closed ??= e;
        }

        FailAll(e);
    }
}
