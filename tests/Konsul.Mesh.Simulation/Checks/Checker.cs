using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Checks;

/// <summary>
/// Compares what the servers of a world do with what none may ever do. Sees everything, also what crosses no wire. The numbers of the rules are
/// those of the design; I6 to I8, I12 and I15 are also looked at by the core itself, whose complaint stops a server and so ends the world.
/// </summary>
internal sealed partial class Checker(World world)
{
    /// <summary>By term. The same server after a restart is another leader: it may have forgotten what it sent.</summary>
    private readonly Dictionary<ulong, ServerRun> _leaders = [];
    private readonly Dictionary<(ulong Server, ulong Term), ulong> _votes = [];
    private readonly Dictionary<ulong, ulong> _promisedTerms = [];

    /// <summary>By index: the term of what is committed there, and the first term whose leader said so.</summary>
    private readonly List<(ulong Term, ulong CommittedIn)> _committed = [(0, 0)];

    public ulong NewestTerm { get; private set; }

    public ulong NewestCommit => (ulong)_committed.Count - 1;

    public void Started(ServerRun run)
    {
        var state = run.Storage.HardState;
        Require(
            state.Term >= _promisedTerms.GetValueOrDefault(run.Id),
            "I10", $"server {run.Id} starts in term {state.Term}, it has answered in term {_promisedTerms.GetValueOrDefault(run.Id)}");
        (run.Seen.Term, run.Seen.Commit) = (state.Term, 0);
        Stored(run);
    }

    public void AfterTurn(ServerRun run, LogLoop loop)
    {
        if (loop == LogLoop.Owner)
        {
            Owner(run);
        }
        else if (loop == LogLoop.Append)
        {
            Stored(run);
        }
    }

    private void Owner(ServerRun run)
    {
        var (core, seen) = (run.Log.Driver.Node.Core, run.Seen);
        var isLeader = core.Role == RaftRole.Leader;
        Require(core.Term >= seen.Term, "I6", $"the term of {run.Id} fell from {seen.Term} to {core.Term}");
        Require(core.Log.Committed >= seen.Commit, "I6", $"the commit index of {run.Id} fell from {seen.Commit} to {core.Log.Committed}");
        Require(core.Log.Committed <= core.Log.LastIndex, "I8", $"{run.Id} commits {core.Log.Committed} of {core.Log.LastIndex}");
        if (seen.LeadingTerm != 0 && (!isLeader || core.Term != seen.LeadingTerm))
        {
            world.Trace.Note(Happening.Deposed, run.Id, seen.LeadingTerm);
            seen.LeadingTerm = 0;
        }

        var ledBefore = seen.LeadingTerm != 0;
        if (isLeader && !ledBefore)
        {
            Elected(run);
        }

        if (isLeader)
        {
            // In the turn that changes members nobody can tell by which of them was counted.
            if (ledBefore && core.Log.Committed > seen.Commit && ReferenceEquals(seen.Members, run.Log.Driver.Members))
            {
                Counted(run);
            }

            Require(core.Log.LastIndex >= seen.LastIndex, "I2", $"leader {run.Id} shortened its log from {seen.LastIndex} to {core.Log.LastIndex}");
            seen.LastIndex = core.Log.LastIndex;
            if (core.Log.Committed > NewestCommit)
            {
                Committed(run);
            }
        }

        if (!ReferenceEquals(seen.Members, run.Log.Driver.Members))
        {
            seen.Members = run.Log.Driver.Members;
            NoteMembers(run, seen.Members);
        }

        (seen.Term, seen.Commit) = (core.Term, core.Log.Committed);
    }

    private void NoteMembers(ServerRun run, ConfState members)
    {
        world.Trace.Note(members.IsJoint ? Happening.JointEntered : Happening.MembersChanged, run.Id, (ulong)members.Voters.Length, (ulong)members.Learners.Length);
        foreach (var voter in members.Voters)
        {
            Require(!members.Learners.Contains(voter), "I12", $"{voter} is voter and learner on {run.Id}");
        }

        foreach (var next in members.LearnersNext)
        {
            Require(members.VotersOutgoing.Contains(next), "I12", $"{next} becomes a learner on {run.Id} but leaves no vote");
        }
    }

    private void Elected(ServerRun run)
    {
        var core = run.Log.Driver.Node.Core;
        var term = core.Term;
        world.Trace.Note(Happening.Elected, run.Id, term);
        Require(_leaders.TryAdd(term, run) || _leaders[term] == run, "I1", $"{run.Id} and {_leaders[term].Id} lead term {term}");
        Require(
            run.Storage.HardState is var state && (state.Term > term || (state.Term == term && state.Vote == run.Id)),
            "I10", $"{run.Id} leads term {term}, its storage says {run.Storage.HardState}");
        Voted(run.Id, term, run.Id);
        NewestTerm = Math.Max(NewestTerm, term);
        (run.Seen.LeadingTerm, run.Seen.LastIndex) = (term, 0);
        for (var index = NewestCommit; index >= core.Log.FirstIndex; index--)
        {
            var (entry, committedIn) = _committed[(int)index];
            if (committedIn < term && entry != 0)
            {
                Require(
                    core.Log.TryGetTerm(index, out var held) == LogRead.Ok && held == entry,
                    "I4", $"{run.Id} leads term {term} without entry {entry}/{index}, which was committed in term {committedIn}; it holds {held}");
            }
        }
    }

    /// <summary>What a leader commits is of its own term, and durable on a majority of the voters, in both halves of a joint configuration.</summary>
    private void Counted(ServerRun run)
    {
        var (log, members) = (run.Log.Driver.Node.Core.Log, run.Log.Driver.Members);
        var index = log.Committed;
        log.TryGetTerm(index, out var term);
        Require(term == run.Seen.LeadingTerm, "commit", $"{run.Id} leads term {run.Seen.LeadingTerm} and commits {term}/{index} by counting");
        foreach (var voters in (ImmutableArray<ulong>[])[members.Voters, members.VotersOutgoing])
        {
            Require(
                voters.IsEmpty || voters.Count(id => Holds(id, index, term)) > voters.Length / 2,
                "commit", $"{run.Id} commits {term}/{index}, which only {string.Join(',', voters.Where(id => Holds(id, index, term)))} of {string.Join(',', voters)} hold");
        }
    }

    private void Committed(ServerRun run)
    {
        var log = run.Log.Driver.Node.Core.Log;
        while (NewestCommit < log.Committed)
        {
            var index = NewestCommit + 1;
            if (log.TryGetTerm(index, out var term) != LogRead.Ok)
            {
                // Behind the beginning of its log: somebody else has told already, or it came as a snapshot.
                term = 0;
            }

            _committed.Add((term, run.Seen.LeadingTerm));
        }
    }

    private void Voted(ulong server, ulong term, ulong candidate)
    {
        Require(
            _votes.TryAdd((server, term), candidate) || _votes[(server, term)] == candidate,
            "I9", $"{server} votes for {candidate} in term {term}, and for {_votes[(server, term)]}");
    }

    private void Require(bool holds, string rule, string message)
    {
        if (!holds)
        {
            throw world.Fail(rule, message);
        }
    }
}
