using System.Collections.Immutable;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>Handing over, changing members, being without a leader.</summary>
internal sealed partial class NodeDriver
{
    private readonly HashSet<ulong> _heard = [];
    private readonly Dictionary<ulong, long> _lastHeard = [];
    private long _ticks;
    private readonly List<ChangeWaiter> _changes = [];
    private TaskCompletionSource? _transfer;
    private int _transferTicks;
    private int _leaderlessTicks;

    /// <summary>Hands leadership to <paramref name="target"/>.</summary>
    public void Transfer(ulong target, TaskCompletionSource done)
    {
        if (!IsLeader)
        {
            done.TrySetException(new ConsensusRefusedException("This server does not lead."));
            return;
        }

        var candidates = _node.Status().Progress.Where(p => !p.IsLearner && p.Id != _node.Id && (target == 0 || p.Id == target)).ToList();
        if (target == _node.Id)
        {
            done.TrySetResult();
            return;
        }

        if (candidates.Count == 0)
        {
            done.TrySetException(new ConsensusRefusedException(
                target == 0 ? "There is no other voter to lead." : $"{target:x16} is not another voter of this cluster."));
            return;
        }

        var chosen = candidates.OrderByDescending(p => p.IsRecentlyActive).ThenByDescending(p => p.Match).First();
        var result = _node.TransferLeader(chosen.Id);
        if (!result.IsOk)
        {
            done.TrySetException(new ConsensusRefusedException($"The transfer was refused: {result.Outcome}."));
            return;
        }

        _transfer?.TrySetException(new ConsensusRefusedException("Another transfer has begun."));
        (_transfer, _transferTicks) = (done, _timing.TransferTicks);
    }

    /// <summary>Proposes a change of members; ends when the configuration in force satisfies <paramref name="reached"/>.</summary>
    public void Change(ConfChange change, Predicate<ConfState> reached, TaskCompletionSource done)
    {
        if (!IsLeader)
        {
            done.TrySetException(new ConsensusRefusedException("This server does not lead."));
            return;
        }

        if (reached(_members))
        {
            done.TrySetResult();
            return;
        }

        _changes.Add(new ChangeWaiter(change, reached, done, _ticks));
        ProposeChanges();
    }

    /// <summary>The only voter need not wait for a timeout to know that nobody else leads.</summary>
    public void StandAlone() => _node.Campaign();

    /// <summary>Nothing more can be written here: whoever waits is told, and somebody else may lead. What is in no log is refused; what is on its way to the
    /// disks, here and elsewhere, may still happen.</summary>
    public void DiskIsFull(Exception e)
    {
        if (!IsLeader)
        {
            return;
        }

        FailSent(new TimeoutException("The disk of the log became full before the outcome was known, the write may or may not happen"));
        _proposals.FailAll(e);
        _waiting.Clear();
        var successor = _node.Status().Progress.Where(p => !p.IsLearner && p.Id != _node.Id && p.IsRecentlyActive).OrderByDescending(p => p.Match).FirstOrDefault();
        if (successor.Id != 0)
        {
            _node.TransferLeader(successor.Id);
        }
    }

    /// <summary>The loop has ended: nobody waits in vain.</summary>
    public void Close(Exception e)
    {
        FailReads(e);
        _changes.ForEach(c => c.Done.TrySetException(e));
        _transfer?.TrySetException(e);
    }

    /// <summary>What is not wise now may be in a moment: under load a server that keeps up is a little behind most of the time.</summary>
    private void ProposeChanges()
    {
        if (_changes.Count == 0)
        {
            return;
        }

        foreach (var waiter in _changes.Where(c => !c.IsProposed).ToList())
        {
            var reason = MembershipPolicy.WhyNot(_node.Status(), waiter.Change) ?? WhyNotYet(waiter);
            if (reason is null && _node.ProposeConfChange(waiter.Change) is var result)
            {
                reason = result.IsOk ? null : result.Reason ?? $"{result.Outcome}";
            }

            if (reason is null)
            {
                waiter.IsProposed = true;
            }
            else if (_ticks - waiter.Since >= _timing.ChangeTicks)
            {
                waiter.Done.TrySetException(new ConsensusRefusedException($"The change of members was refused: {reason}."));
                _changes.Remove(waiter);
            }
        }
    }

    /// <summary>That a server was there an election timeout ago, which the core knows, is too old to take another one out: it must be heard of now.</summary>
    private string? WhyNotYet(ChangeWaiter waiter)
    {
        var leaving = waiter.Change.Steps.Where(s => s.Type == ConfChangeType.Remove).Select(s => s.NodeId).ToHashSet();
        if (leaving.Count == 0)
        {
            return null;
        }

        var rest = _members.Voters.Union(waiter.Change.Steps.Where(s => s.Type == ConfChangeType.AddVoter).Select(s => s.NodeId)).Except(leaving).ToList();
        var inContact = rest.Count(id => id == _node.Id || _ticks - _lastHeard.GetValueOrDefault(id, long.MinValue / 2) < _timing.ContactTicks);
        return _ticks - waiter.Since < _timing.ContactTicks ? "it was not seen yet whether the rest is in contact"
            : inContact > rest.Count / 2 ? null
            : $"only {inContact} of the {rest.Count} voters that would be left are in contact";
    }

    /// <summary>That the members have changed is durable here: who asked for it may rely on it.</summary>
    public void SettleChanges()
    {
        foreach (var change in _changes.Where(c => c.Reached(_members)).ToList())
        {
            change.Done.TrySetResult();
            _changes.Remove(change);
        }
    }

    private void LeaderChanged(ulong leader)
    {
        if (_role == RaftRole.Leader)
        {
            _changes.ForEach(c => c.Done.TrySetException(new ConsensusRefusedException("This server lost its leadership; the change may or may not happen.")));
            _changes.Clear();
        }

        if (leader == 0)
        {
            _heard.Clear();
            _leaderlessTicks = 0;
        }
        else if (leader != _node.Id)
        {
            _transfer?.TrySetResult();
            _transfer = null;
        }

        AskAllAgain();
    }

    private void WatchLeadership()
    {
        if (_transfer is not null && --_transferTicks <= 0)
        {
            _transfer.TrySetException(new ConsensusRefusedException("The other server did not take over in time."));
            _transfer = null;
        }

        if (_leader != 0)
        {
            return;
        }

        _leaderlessTicks++;
        if ((_leaderlessTicks >= _timing.HopelessTicks && !HearsMajority()) || _leaderlessTicks >= _timing.MaxLeaderlessTicks)
        {
            GiveUp();
        }
    }

    private bool HearsMajority()
    {
        return Majority(_members.Voters) && (_members.VotersOutgoing.IsEmpty || Majority(_members.VotersOutgoing));

        bool Majority(ImmutableArray<ulong> voters) => voters.Count(v => v == _node.Id || _heard.Contains(v)) > voters.Length / 2;
    }

    /// <summary>Nobody leads and nobody will soon: whoever waits is told. What is in no log is refused; of what was sent to the lost leader nobody knows
    /// whether it will happen, and whoever tries it again may have it twice.</summary>
    private void GiveUp()
    {
        var failure = new ProposalRefusedException(ProposalRefusal.NoLeader, "No cluster leader");
        FailSent(!_rules.HasFlag(HostRules.LostIsUnknown) ? failure : new TimeoutException("No cluster leader: the leader was lost before the outcome was known, the write may or may not happen"));
        _proposals.FailAll(failure);
        _waiting.Clear();
        _unsure.Clear();
        FailReads(failure);
    }

    private sealed class ChangeWaiter(ConfChange change, Predicate<ConfState> reached, TaskCompletionSource done, long since)
    {
        public ConfChange Change => change;

        public Predicate<ConfState> Reached => reached;

        public TaskCompletionSource Done => done;

        /// <summary>In ticks.</summary>
        public long Since => since;

        public bool IsProposed { get; set; }
    }
}
