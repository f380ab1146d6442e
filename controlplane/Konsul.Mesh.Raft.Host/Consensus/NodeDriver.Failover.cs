using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>
/// Asking for votes as soon as the connection to the leader is lost, instead of waiting for the timeout. Those who lost it ask one after the other,
/// by their ids, and whoever has granted a vote waits for what becomes of it; so they seldom stand against each other, and if they do, the first one
/// asks again while the next one still waits.
/// </summary>
internal sealed partial class NodeDriver
{
    /// <summary>After so many questions without an answer the waits between them grow.</summary>
    private const int QuickCampaigns = 4;

    /// <summary>The leader whose connection was lost; 0 for none.</summary>
    private ulong _lost;
    private long _lostAt;
    private int _campaignIn;
    private int _campaigns;

    /// <summary>
    /// The connection to a server broke. If it led, its process may be gone. If it is alive after all, the others still hear it and refuse.
    /// </summary>
    public void ConnectionLost(ulong id)
    {
        if (id != _leader || id == _lost || IsLeader)
        {
            return;
        }

        (_lost, _lostAt, _campaigns, _campaignIn) = (id, _ticks, 0, TurnWithout(id) * _timing.FailoverTicks);
        _node.ForgetLeader();
        if (_campaignIn == 0)
        {
            AskForVotes();
        }
    }

    /// <summary>How many others are to ask first.</summary>
    private int TurnWithout(ulong lost) => _members.Voters.Union(_members.VotersOutgoing).Count(v => v != lost && v < _node.Id);

    private void WatchLostLeader()
    {
        if (_lost == 0)
        {
            return;
        }

        var isBack = _leader == _lost && _lastHeard.GetValueOrDefault(_lost) > _lostAt + _timing.LateTicks;
        if (isBack || (_leader != 0 && _leader != _lost) || _ticks - _lostAt > _timing.FailoverLimitTicks)
        {
            _lost = 0;
            return;
        }

        if (_leader == _lost)
        {
            // What it had sent before it went came in after the end of its connection, on another one: no sign of life.
            _node.ForgetLeader();
        }

        if (--_campaignIn < 0)
        {
            AskForVotes();
        }
    }

    private void AskForVotes()
    {
        // Another server may notice the loss a moment later, and refuse until then.
        _node.Campaign();
        _campaignIn = (_campaigns++ / QuickCampaigns) + _jitter.Next(2);
    }

    /// <summary>An election takes as long as two disks need; to begin another one meanwhile would throw away its votes.</summary>
    private void StandsForElection() => _campaignIn = Math.Max(_campaignIn, _timing.CandidateTicks);

    /// <summary>Somebody else stands for election and has what it needs from here.</summary>
    private void WatchGrants(ImmutableArray<Message> answers)
    {
        if (answers.Any(a => a is { Type: MessageType.VoteResp or MessageType.PreVoteResp, Reject: false } && a.To != _node.Id))
        {
            StandsForElection();
        }
    }

    /// <summary>Two stood against each other. The one whose turn is first asks again at once; the other one will grant it that.</summary>
    private void WatchRefusal(Message message)
    {
        if (message is { Type: MessageType.VoteResp, Reject: true } && _lost != 0 && _role == RaftRole.Candidate && message.Term == _term)
        {
            _campaignIn = Math.Min(_campaignIn, TurnWithout(_lost) * _timing.FailoverTicks);
        }
    }
}
