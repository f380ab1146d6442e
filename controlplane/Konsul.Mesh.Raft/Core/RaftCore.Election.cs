using System.Globalization;
using Konsul.Mesh.Raft.Quorum;

namespace Konsul.Mesh.Raft.Core;

/// <summary>Ticks, campaigns and the counting of votes.</summary>
internal sealed partial class RaftCore
{
    /// <summary>After a restart a node does not know whether it just renewed somebody's lease, so it lets one pass.</summary>
    private int _voteGraceTicks;

    private int _electionTimeout;

    /// <summary>Ticks of the running draw; tests set it.</summary>
    internal int ElectionTimeout
    {
        get => _electionTimeout;
        set => _electionTimeout = value;
    }

    public void Tick()
    {
        _voteGraceTicks = Math.Max(0, _voteGraceTicks - 1);
        if (Role == RaftRole.Leader)
        {
            TickLeader();
            return;
        }

        _electionElapsed++;
        if (IsPromotable() && _electionElapsed >= _electionTimeout)
        {
            _electionElapsed = 0;
            Step(new Message { Type = MessageType.Hup, From = Id });
        }
    }

    private void TickLeader()
    {
        _heartbeatElapsed++;
        _electionElapsed++;
        _lease.Tick();
        if (_electionElapsed >= _options.ElectionTicks)
        {
            _electionElapsed = 0;
            if (_options.CheckQuorum)
            {
                Step(new Message { Type = MessageType.CheckQuorum, From = Id });
            }

            // The other one did not make it in time.
            _transferee = 0;
        }

        if (_leaveWasRefused && _transferee == 0)
        {
            LeaveJointIfDue();
        }

        if (Role == RaftRole.Leader && _heartbeatElapsed >= _options.HeartbeatTicks)
        {
            _heartbeatElapsed = 0;
            Step(new Message { Type = MessageType.Beat, From = Id });
        }
    }

    private void DrawElectionTimeout()
    {
        var draw = _options.Jitter.Next(_options.ElectionTicks);
        Require(draw >= 0 && draw < _options.ElectionTicks, "The jitter drew outside its limit.");
        _electionTimeout = _options.ElectionTicks + draw;
    }

    private bool IsPromotable() => _tracker.Find(Id) is { IsLearner: false } && Log.Unstable.Snapshot is null;

    private void Hup(Campaign campaign)
    {
        if (Role == RaftRole.Leader)
        {
            _trace.Debug($"{Id:x} ignoring MsgHup because already leader");
            return;
        }

        if (!IsPromotable())
        {
            _trace.Warning(string.Create(CultureInfo.InvariantCulture, $"{Id:x} is unpromotable and can not campaign"));
            return;
        }

        // It might campaign by a configuration that the others have left.
        if (Has(RaftRules.CampaignNeedsAppliedConfig) && Log.HasUnappliedConfChange())
        {
            _trace.Warning(string.Create(
                CultureInfo.InvariantCulture,
                $"{Id:x} cannot campaign at term {Term} since there are still pending configuration changes to apply"));
            return;
        }

        _trace.Info($"{Id:x} is starting a new election at term {Term}");
        StartCampaign(campaign);
    }

    private void StartCampaign(Campaign campaign)
    {
        var request = MessageType.Vote;
        if (campaign == Campaign.PreVote)
        {
            BecomePreCandidate();
            request = MessageType.PreVote;
        }
        else
        {
            BecomeCandidate();
        }

        var term = campaign == Campaign.PreVote ? Term + 1 : Term;
        var last = Log.LastId;
        foreach (var id in Voters())
        {
            if (id == Id)
            {
                // The own vote counts when it is durable, like any other.
                Send(new Message { Type = request.VoteResponse(), To = Id, Term = term });
                continue;
            }

            _trace.Info($"{Id:x} [logterm: {last.Term}, index: {last.Index}] sent Msg{request} request to {id:x} at term {Term}");
            Send(new Message
            {
                Type = request,
                To = id,
                Term = term,
                Index = last.Index,
                LogTerm = last.Term,
                Context = campaign == Campaign.Transfer ? TransferContext : 0,
            });
        }
    }

    private StepResult StepCandidate(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Prop:
                _trace.Info($"{Id:x} no leader at term {Term}; dropping proposal");
                return new StepResult(StepOutcome.NoLeader);
            case MessageType.ReadIndex:
                return new StepResult(StepOutcome.NoLeader);
            case MessageType.App or MessageType.Heartbeat or MessageType.Snap:
                BecomeFollower(message.Term, message.From);
                return StepFollower(message);
            case MessageType.VoteResp when Role == RaftRole.Candidate:
            case MessageType.PreVoteResp when Role == RaftRole.PreCandidate:
                CountVote(message);
                break;
            case MessageType.TimeoutNow:
                _trace.Debug($"{Id:x} [term {Term} state State{Role}] ignored MsgTimeoutNow from {message.From:x}");
                break;
        }

        return StepResult.Ok;
    }

    private void CountVote(Message message)
    {
        var rejection = message.Reject ? " rejection" : "";
        _trace.Info($"{Id:x} received Msg{message.Type}{rejection} from {message.From:x} at term {Term}");
        _tracker.RecordVote(message.From, !message.Reject);
        var (granted, rejected, result) = _tracker.TallyVotes(_rules);
        _trace.Info($"{Id:x} has received {granted} Msg{message.Type} votes and {rejected} vote rejections");
        switch (result)
        {
            case VoteResult.Won when Role == RaftRole.PreCandidate:
                StartCampaign(Campaign.Election);
                break;
            case VoteResult.Won when Has(RaftRules.LeadsWithOwnVote) && !_tracker.HasVoted(Id):
                // It waits for the own disk. The votes of others may be a majority, but who leads before its own vote is durable can forget in a
                // crash that it led, be elected in the same term again by those who did, and give other entries the same index and term.
                break;
            case VoteResult.Won:
                BecomeLeader();
                BroadcastAppend();
                break;
            case VoteResult.Lost:
                BecomeFollower(Term, 0);
                break;
        }
    }
}
