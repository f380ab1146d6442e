using Konsul.Mesh.Raft.Host.Audit;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>The one thread that touches the state machine: applies what is committed, in order, and ends the commands that wait for it.</summary>
internal sealed class ApplyLoop
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);
    private readonly IReplicatedStateMachine _machine;
    private readonly ProposalTable _proposals;
    private readonly ReadWaiters _waiters;
    private readonly IApplyHost _host;
    private readonly HostRules _rules;
    private readonly Mailbox<ApplyWork> _mailbox = new();
    private readonly CheckpointLog _checkpoints;
    private List<ApplyWork> _batch = [];

    public ApplyLoop(IReplicatedStateMachine machine, ProposalTable proposals, ReadWaiters waiters, IApplyHost host, Snapshot start, HostRules rules)
    {
        (_machine, _proposals, _waiters, _host, _rules) = (machine, proposals, waiters, host, rules);
        _checkpoints = new CheckpointLog(machine);
        (Index, Term, Members) = (start.Index, start.Term, start.Members);
        waiters.Advance(start.Index);
    }

    /// <summary>The last entry applied; these three belong to the loop's thread.</summary>
    public ulong Index { get; private set; }

    public ulong Term { get; private set; }

    /// <summary>The configuration as of it.</summary>
    public ConfState Members { get; private set; }

    /// <summary>How much waits to be applied.</summary>
    public int Waiting => _mailbox.Count;

    public void Post(Message message) => _mailbox.Post(new ApplyWork(message, null));

    /// <summary>Runs something between two entries.</summary>
    public bool Post(Action<ApplyLoop> work) => _mailbox.Post(new ApplyWork(null, work));

    public void Close() => _mailbox.Close();

    /// <summary>Applies what has gathered; an error of the state machine comes as an exception.</summary>
    /// <returns>False when it is closed.</returns>
    public bool TakeTurn(bool mayWait)
    {
        if (!_mailbox.Take(ref _batch, mayWait ? Idle : TimeSpan.Zero))
        {
            return false;
        }

        foreach (var work in _batch)
        {
            if (work.Message is { } message)
            {
                Apply(message);
            }

            work.Action?.Invoke(this);
        }

        return true;
    }

    /// <summary>What this server's state was, and is. On the loop's thread.</summary>
    public CheckpointReport Report() => _checkpoints.Report(Index);

    /// <summary>The state is that of a snapshot now. On the loop's thread.</summary>
    public void Restored(Snapshot snapshot)
    {
        (Index, Term, Members) = (snapshot.Index, snapshot.Term, snapshot.Members);
        _checkpoints.Clear();
        _waiters.Advance(Index);
    }

    private void Apply(Message message)
    {
        long bytes = 0;
        foreach (var entry in message.Entries)
        {
            if (entry.Index <= Index && _rules.HasFlag(HostRules.SkipApplied))
            {
                continue;
            }

            Apply(entry);
            (Index, Term) = (entry.Index, entry.Term);
            _checkpoints.Applied(Index);
            bytes += entry.Data.Length;
        }

        _waiters.Advance(Index);
        _host.Applied(message.Entries.Length, bytes, Term, message.Responses);
    }

    private void Apply(Entry entry)
    {
        if (entry.Type != EntryType.Normal)
        {
            if (!ConfChange.TryDecode(entry.Type, entry.Data, out var change))
            {
                throw new LogStoppedException($"Entry {entry.Index} changes the members in a form that this program does not know: a newer one wrote it.");
            }

            Members = _host.ApplyConfChange(change, entry.Index);
            return;
        }

        if (entry.Data.IsEmpty)
        {
            return;
        }

        var header = CommandHeader.Read(entry.Data.Span, entry.Index);
        var result = _machine.Apply(entry.Index, entry.Data[CommandHeader.Size..]);
        if (header.Origin == _proposals.Origin && _proposals.TryTake(header.Number, out var proposal))
        {
            proposal.Complete(new Committed(entry.Index, entry.Term, result));
        }
    }

    private readonly record struct ApplyWork(Message? Message, Action<ApplyLoop>? Action);
}
