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
    private readonly Mailbox<ApplyWork> _mailbox = new();

    public ApplyLoop(IReplicatedStateMachine machine, ProposalTable proposals, ReadWaiters waiters, IApplyHost host, Snapshot start)
    {
        (_machine, _proposals, _waiters, _host) = (machine, proposals, waiters, host);
        (Index, Term, Members) = (start.Index, start.Term, start.Members);
        waiters.Advance(start.Index);
    }

    /// <summary>The last entry applied; these three belong to the loop's thread.</summary>
    public ulong Index { get; private set; }

    public ulong Term { get; private set; }

    /// <summary>The configuration as of it.</summary>
    public ConfState Members { get; private set; }

    public void Post(Message message) => _mailbox.Post(new ApplyWork(message, null));

    /// <summary>Runs something between two entries.</summary>
    public bool Post(Action<ApplyLoop> work) => _mailbox.Post(new ApplyWork(null, work));

    public void Close() => _mailbox.Close();

    /// <summary>Runs until it is closed; an error of the state machine ends it with an exception.</summary>
    public void Run()
    {
        var batch = new List<ApplyWork>();
        while (_mailbox.Take(ref batch, Idle))
        {
            foreach (var work in batch)
            {
                if (work.Message is { } message)
                {
                    Apply(message);
                }

                work.Action?.Invoke(this);
            }
        }
    }

    /// <summary>The state is that of a snapshot now. On the loop's thread.</summary>
    public void Restored(Snapshot snapshot)
    {
        (Index, Term, Members) = (snapshot.Index, snapshot.Term, snapshot.Members);
        _waiters.Advance(Index);
    }

    private void Apply(Message message)
    {
        long bytes = 0;
        foreach (var entry in message.Entries)
        {
            if (entry.Index <= Index)
            {
                continue;
            }

            Apply(entry);
            (Index, Term) = (entry.Index, entry.Term);
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
