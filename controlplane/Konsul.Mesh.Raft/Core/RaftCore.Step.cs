using Konsul.Mesh.Raft.Log;

namespace Konsul.Mesh.Raft.Core;

/// <summary>Takes in a message: first what its term says, then what is the same in every role, then the role.</summary>
internal sealed partial class RaftCore
{
    /// <summary>1 in a request for a vote: the leader asked for this election.</summary>
    private const ulong TransferContext = 1;

    public StepResult Step(Message message)
    {
        LearnCommit(message);
        if (message.Term > Term)
        {
            if (IsHeldBackByLease(message))
            {
                return StepResult.Ok;
            }

            LearnTerm(message);
        }
        else if (message.Term != 0 && message.Term < Term
            && (message.Type != MessageType.StorageAppendResp || Has(RaftRules.IgnoreStaleAppendResp)))
        {
            AnswerOldTerm(message);
            return StepResult.Ok;
        }

        switch (message.Type)
        {
            case MessageType.Hup:
                Hup(_options.PreVote ? Campaign.PreVote : Campaign.Election);
                return StepResult.Ok;
            case MessageType.StorageAppendResp:
                if (message.Index != 0)
                {
                    Log.Unstable.StableTo(new EntryId(message.LogTerm, message.Index));
                }

                AppliedSnapshot(message.Snapshot);
                return StepResult.Ok;
            case MessageType.StorageApplyResp:
                AppliedEntries(message.Entries.AsSpan());
                return StepResult.Ok;
            case MessageType.Vote or MessageType.PreVote:
                AnswerVote(message);
                return StepResult.Ok;
            default:
                return Role switch
                {
                    RaftRole.Leader => StepLeader(message),
                    RaftRole.Follower => StepFollower(message),
                    _ => StepCandidate(message),
                };
        }
    }

    /// <summary>Nobody is elected against a leader in contact, unless the leader wants it or asks itself.</summary>
    private bool IsHeldBackByLease(Message message)
    {
        if (message.Type is not (MessageType.Vote or MessageType.PreVote))
        {
            return false;
        }

        var isForced = message.Context == TransferContext && Has(RaftRules.TransferOverridesLease);
        var knowsLeader = Leader != 0 && Leader != message.From;
        var isInLease = _options.CheckQuorum && Has(RaftRules.LeaseIgnoresVotes)
            && ((knowsLeader && _electionElapsed < _options.ElectionTicks) || _voteGraceTicks > 0);
        if (isForced || !isInLease)
        {
            return false;
        }

        var last = Log.LastId;
        _trace.Info(
            $"{Id:x} [logterm: {last.Term}, index: {last.Index}, vote: {Vote:x}] ignored Msg{message.Type} from {message.From:x} "
            + $"[logterm: {message.LogTerm}, index: {message.Index}] at term {Term}: lease is not expired "
            + $"(remaining ticks: {_options.ElectionTicks - _electionElapsed})");
        return true;
    }

    private void LearnTerm(Message message)
    {
        // A pre-vote asks about a term that may never come.
        if (message.Type == MessageType.PreVote || (message.Type == MessageType.PreVoteResp && !message.Reject))
        {
            return;
        }

        _trace.Info(
            $"{Id:x} [term: {Term}] received a Msg{message.Type} message with higher term from {message.From:x} [term: {message.Term}]");
        var isFromLeader = message.Type is MessageType.App or MessageType.Heartbeat or MessageType.Snap;
        BecomeFollower(message.Term, isFromLeader ? message.From : 0);
    }

    private void AnswerOldTerm(Message message)
    {
        switch (message.Type)
        {
            // A leader that lost touch learns of the newer term only from an answer, as nobody sends it requests for votes now.
            case MessageType.App or MessageType.Heartbeat
                when (_options.CheckQuorum || _options.PreVote) && Has(RaftRules.LowerTermAppIsAnswered):
                Send(new Message { Type = MessageType.AppResp, To = message.From });
                break;

            // Without an answer a node with an older term and a longer log, and one with a newer term and a shorter log, would wait for each other.
            case MessageType.PreVote when Has(RaftRules.PreVoteRejectionCarriesTerm):
                TraceVote("rejected", message);
                RefuseVote(message);
                break;

            // What was being written may since have been replaced. A snapshot holds committed entries, which never are.
            case MessageType.StorageAppendResp:
                if (message.Index != 0)
                {
                    _trace.Info(
                        $"{Id:x} [term: {Term}] ignored entry appends from a MsgStorageAppendResp message with lower term [term: {message.Term}]");
                }

                AppliedSnapshot(message.Snapshot);
                break;
            default:
                _trace.Info(
                    $"{Id:x} [term: {Term}] ignored a Msg{message.Type} message with lower term from {message.From:x} [term: {message.Term}]");
                break;
        }
    }

    /// <summary>Learners answer too: one that was made a voter may not know it yet, and its vote may be needed so that it learns it.</summary>
    private void AnswerVote(Message message)
    {
        var canVote = Vote == message.From
            || (Vote == 0 && Leader == 0)
            || (message.Type == MessageType.PreVote && message.Term > Term)
            || !Has(RaftRules.VoteOncePerTerm);
        var candidate = new EntryId(message.LogTerm, message.Index);
        if (!canVote || (Has(RaftRules.VoteNeedsUpToDateLog) && !Log.IsUpToDate(candidate)))
        {
            TraceVote("rejected", message);
            RefuseVote(message);
            return;
        }

        // The term of the request: the asker would drop an answer with an older one.
        TraceVote("cast", message);
        Send(new Message { Type = message.Type.VoteResponse(), To = message.From, Term = message.Term });
        if (message.Type == MessageType.Vote)
        {
            _electionElapsed = 0;
            Vote = message.From;
        }
    }

    private void RefuseVote(Message request)
    {
        var known = Has(RaftRules.VoteRefusalTellsCommit) ? new EntryId(Log.TermOrZero(Log.Committed), Log.Committed) : default;
        Send(new Message
        {
            Type = request.Type.VoteResponse(),
            To = request.From,

            // A node that began with a given log may still be at term 0, which no message can carry.
            Term = Math.Max(Term, 1),
            Reject = true,
            Commit = known.Index,
            LogTerm = known.Term,
        });
    }

    /// <summary>What is committed is so in every term and whoever tells it.</summary>
    private void LearnCommit(Message message)
    {
        if (message.Type is not (MessageType.VoteResp or MessageType.PreVoteResp) || !message.Reject || Role == RaftRole.Leader)
        {
            return;
        }

        // A campaign by a configuration that is known to be left counts the wrong votes.
        var isNews = Log.TryCommit(new EntryId(message.LogTerm, message.Commit), ifMatches: true);
        if (isNews && Role != RaftRole.Follower && Has(RaftRules.CampaignNeedsAppliedConfig) && Log.HasUnappliedConfChange())
        {
            BecomeFollower(Term, 0);
        }
    }

    private void TraceVote(string what, Message message)
    {
        var last = Log.LastId;
        var link = what == "cast" ? "for" : "from";
        _trace.Info(
            $"{Id:x} [logterm: {last.Term}, index: {last.Index}, vote: {Vote:x}] {what} Msg{message.Type} {link} {message.From:x} "
            + $"[logterm: {message.LogTerm}, index: {message.Index}] at term {Term}");
    }
}
