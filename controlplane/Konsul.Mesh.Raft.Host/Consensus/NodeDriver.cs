using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>
/// Drives one <see cref="RaftNode"/>: feeds it messages, ticks, commands and reads, and hands out what it wants done. On one thread, without
/// clock, lock or I/O of its own, so that a simulation can drive it too.
/// </summary>
internal sealed partial class NodeDriver
{
    private readonly RaftNode _node;
    private readonly INodeEffects _effects;
    private readonly ProposalTable _proposals;
    private readonly ReadWaiters _waiters;
    private readonly DriverTiming _timing;
    private readonly IJitter _jitter;
    private readonly HostRules _rules;
    private ulong _leader;
    private ulong _term;
    private RaftRole _role;
    private ConfState _members;

    public NodeDriver(RaftNode node, INodeEffects effects, ProposalTable proposals, ReadWaiters waiters, DriverTiming timing, IJitter jitter, HostRules rules)
    {
        (_node, _effects, _proposals, _waiters, _timing, _jitter, _rules) = (node, effects, proposals, waiters, timing, jitter, rules);
        var status = node.Status();
        (_leader, _role, _term, _members) = (status.SoftState.Leader, status.SoftState.Role, status.HardState.Term, status.Members);
    }

    public RaftNode Node => _node;

    public ulong Leader => _leader;

    public ulong Term => _term;

    public RaftRole Role => _role;

    public bool IsLeader => _role == RaftRole.Leader;

    public ConfState Members => _members;

    public RaftStatus Status() => _node.Status();

    public void Tick()
    {
        _node.Tick();
        _ticks++;
        WatchLostLeader();
        RetryReads();
        RetryForwards();
        ProposeChanges();
        WatchLeadership();
    }

    /// <summary>From another server, already known to be the one that <see cref="Message.From"/> names.</summary>
    public StepResult Receive(Message message)
    {
        _heard.Add(message.From);
        _lastHeard[message.From] = _ticks;
        WatchRefusal(message);
        return _node.Step(message);
    }

    /// <summary>From the append or the apply loop.</summary>
    public void Local(Message message) => _node.Step(message);

    public void Unreachable(ulong id) => _node.ReportUnreachable(id);

    public void SnapshotSent(ulong id, bool succeeded) => _node.ReportSnapshot(id, succeeded);

    /// <summary>To be called after each turn of the loop: starts what has gathered, then hands out all that is to be done.</summary>
    public void Pump()
    {
        Drain();
        StartReads();
        StartProposals();
        Drain();
    }

    /// <summary>A committed change of members takes effect; called before anything behind it in the log is applied.</summary>
    public ConfState ApplyConfChange(ConfChange change, ulong index)
    {
        return _members = _node.ApplyConfChange(change, index);
    }

    /// <summary>After it, term, role and leader are those of the core.</summary>
    private void Drain()
    {
        while (_node.HasReady)
        {
            Handle(_node.TakeReady());
        }
    }

    private void Handle(Ready ready)
    {
        Look(ready);
        foreach (var read in ready.ReadStates)
        {
            FinishRead(read);
        }

        foreach (var message in ready.Messages)
        {
            switch (message.To)
            {
                case LocalTarget.Append:
                    WatchGrants(message.Responses);
                    _effects.Append(message);
                    break;
                case LocalTarget.Apply:
                    _effects.Apply(message);
                    break;
                default:
                    _effects.Send(message);
                    break;
            }
        }
    }

    /// <summary>Notices a new term, role or leader.</summary>
    private void Look(Ready ready)
    {
        var (leader, role) = ready.SoftState ?? new SoftState(_leader, _role);
        var term = ready.HardState?.Term ?? _term;
        if (leader == _leader && term == _term && role == _role)
        {
            return;
        }

        var isNews = leader != _leader;
        if (isNews)
        {
            LeaderChanged(leader);
        }

        (_leader, _term, _role) = (leader, term, role);
        if (role == RaftRole.Candidate)
        {
            StandsForElection();
        }

        if (isNews && leader != 0)
        {
            RetryForwardsNow();
        }

        _effects.LeadershipChanged();
    }
}
