namespace Konsul.Mesh.Raft.Core;

/// <summary>
/// What must hold between any two turns, checked in production too: a node that notices stops before it harms others. Cheap: a few comparisons
/// for each member and message.
/// </summary>
internal sealed class RaftInvariants(RaftCore core)
{
    private readonly SortedList<ulong, ulong> _matches = [];
    private HardState _seen = core.HardState;
    private ulong _applied = core.Log.Applied;
    private bool _wasLeader;

    /// <exception cref="RaftInvariantException">Says which.</exception>
    public void Check()
    {
        var now = core.HardState;
        Require(now.Term >= _seen.Term, "the term decreased");
        Require(now.Term != _seen.Term || _seen.Vote == 0 || now.Vote == _seen.Vote, "the vote changed within a term");
        Require(now.Commit >= _seen.Commit, "the commit index decreased");
        CheckLog();
        if (core.Role == RaftRole.Leader)
        {
            CheckMembers(sameLeadership: _wasLeader && now.Term == _seen.Term);
        }

        (_seen, _applied, _wasLeader) = (now, core.Log.Applied, core.Role == RaftRole.Leader);
    }

    private void CheckLog()
    {
        var log = core.Log;
        Require(log.Applied >= _applied, "the applied index decreased");
        Require(log.Applied <= log.Applying && log.Applying <= log.Committed && log.Committed <= log.LastIndex, "applied, applying, committed, last");
        Require(log.Unstable.Snapshot is not null || log.FirstIndex <= log.Applied + 1, "the log does not reach back to what is applied");
    }

    private void CheckMembers(bool sameLeadership)
    {
        if (!sameLeadership)
        {
            _matches.Clear();
        }

        for (var i = 0; i < core.Tracker.Progress.Count; i++)
        {
            var (id, progress) = (core.Tracker.Progress.GetKeyAtIndex(i), core.Tracker.Progress.GetValueAtIndex(i));
            Require(progress.Match < progress.Next, "match is not before next");
            Require(progress.Match <= core.Log.LastIndex, "match is behind the end of the log");
            Require(!_matches.TryGetValue(id, out var before) || progress.Match >= before, "match decreased within a term");
            Require(progress.Inflights.Count <= progress.Inflights.MaxMessages, "the window is overfull");
            Require(!progress.IsLearner || !core.Tracker.IsVoter(id), "somebody is voter and learner at once");
        }

        _matches.Clear();
        for (var i = 0; i < core.Tracker.Progress.Count; i++)
        {
            _matches.Add(core.Tracker.Progress.GetKeyAtIndex(i), core.Tracker.Progress.GetValueAtIndex(i).Match);
        }

        foreach (var message in core.Messages)
        {
            Require(
                message.Type != MessageType.Heartbeat || message.Term != core.Term || core.Tracker.Find(message.To) is not { } progress
                    || message.Commit <= progress.Match,
                "a heartbeat commits more than its receiver is known to hold");
        }
    }

    private void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new RaftInvariantException($"Node {core.Id}: {what} ({core.HardState}, applied {core.Log.Applied}, last {core.Log.LastIndex}).");
        }
    }
}
