using System.Collections.Immutable;
using Konsul.Mesh.Raft.Diagnostics;
using Konsul.Mesh.Raft.Log;
using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Reads;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Core;

/// <summary>
/// The protocol: term, vote, role, log and members of one node, and the messages it wants to send. Every file of this class is one concern.
/// Members are visited by id, so that the same inputs give the same messages in the same order.
/// </summary>
internal sealed partial class RaftCore
{
    private readonly RaftOptions _options;
    private readonly RaftTracer _trace;
    private readonly RaftRules _rules;
    private ProgressTracker _tracker;

    /// <summary>No configuration change is admitted until this index is applied: it may be one.</summary>
    private ulong _pendingConfIndex;

    private ulong _transferee;

    /// <summary>The joint configuration should have been left, but a transfer was under way.</summary>
    private bool _leaveWasRefused;

    /// <summary>Payload of the entries a leader appended and did not commit: an estimate, never too high.</summary>
    private ulong _uncommittedBytes;

    private int _electionElapsed;
    private int _heartbeatElapsed;

    public RaftCore(RaftOptions options)
    {
        options.Validate();
        (_options, _rules) = (options, options.Rules);
        _trace = new RaftTracer(options.Trace);
        var storage = options.Storage;
        Log = new RaftLog(storage, _trace, options.MaxAppliedPerReady == 0 ? Math.Max(1, options.MaxSizePerMessage) : options.MaxAppliedPerReady);
        _lease = new LeaderLease(options.LeaseTicks > 0 ? options.LeaseTicks : Math.Max(1, options.ElectionTicks * 3 / 4));
        _tracker = NewTracker();
        SwitchTo(ConfRestorer.Restore(_tracker, storage.Members, Log.LastIndex));
        Load(storage.HardState, storage.Snapshot);
        if (options.Applied > 0)
        {
            Log.AppliedTo(options.Applied, 0);
        }

        BecomeFollower(Term, 0);
        _voteGraceTicks = options.ReadMode == ReadMode.Lease && Term > 0 ? options.ElectionTicks : 0;
        var last = Log.LastId;
        _trace.Info(
            $"newRaft {Id:x} [peers: [{RaftText.Ids(Voters(), ',')}], term: {Term}, commit: {Log.Committed}, applied: {Log.Applied}, "
            + $"lastindex: {last.Index}, lastterm: {last.Term}]");
    }

    public ulong Id => _options.Id;

    public ulong Term { get; private set; }

    public ulong Vote { get; private set; }

    public ulong Leader { get; private set; }

    public RaftRole Role { get; private set; }

    public RaftLog Log { get; }

    public ProgressTracker Tracker => _tracker;

    public ulong Transferee => _transferee;

    public int ElectionElapsed => _electionElapsed;

    public RaftRules Rules => _rules;

    public SoftState SoftState => new(Leader, Role);

    public HardState HardState => new(Term, Vote, Log.Committed);

    private bool IsLearner => _tracker.Find(Id) is { IsLearner: true };

    private bool Has(RaftRules rule) => (_rules & rule) != 0;

    private void Load(HardState stored, Snapshot snapshot)
    {
        // A snapshot holds committed entries only, whatever commit index was last written.
        var committed = Math.Max(Math.Max(stored.Commit, snapshot.Index), Log.Committed);
        if (!stored.IsEmpty && (stored.Commit > Log.LastIndex || (stored.Commit < Log.Committed && snapshot.Index < Log.Committed)))
        {
            throw new RaftInvariantException($"The stored commit index {stored.Commit} is not between {Log.Committed} and {Log.LastIndex}.");
        }

        Log.CommitTo(committed);
        (Term, Vote) = (stored.Term, stored.Vote);
    }

    private void Reset(ulong term)
    {
        if (Term != term)
        {
            (Term, Vote) = (term, 0);
        }

        Leader = 0;
        _electionElapsed = 0;
        _heartbeatElapsed = 0;
        DrawElectionTimeout();
        _transferee = 0;
        _tracker.ResetVotes();
        var last = Log.LastIndex;
        for (var i = 0; i < _tracker.Progress.Count; i++)
        {
            var isSelf = _tracker.Progress.GetKeyAtIndex(i) == Id;
            var fresh = new Progress
            {
                Match = isSelf ? last : 0,
                Next = last + 1,
                Inflights = _tracker.NewInflights(),
                IsLearner = _tracker.Progress.GetValueAtIndex(i).IsLearner,
            };
            _tracker.Progress.SetValueAtIndex(i, fresh);
        }

        _pendingConfIndex = 0;
        _uncommittedBytes = 0;
        if (Has(RaftRules.ReadsEndWithLeadership))
        {
            ResetReads();
        }
    }

    private void BecomeFollower(ulong term, ulong leader)
    {
        Reset(term);
        (Leader, Role) = (leader, RaftRole.Follower);
        _trace.Info($"{Id:x} became follower at term {Term}");
    }

    private void BecomeCandidate()
    {
        Require(Role != RaftRole.Leader, "A leader cannot become a candidate.");
        Reset(Term + 1);
        (Vote, Role) = (Id, RaftRole.Candidate);
        _trace.Info($"{Id:x} became candidate at term {Term}");
    }

    /// <summary>Changes neither term nor vote.</summary>
    private void BecomePreCandidate()
    {
        Require(Role != RaftRole.Leader, "A leader cannot become a pre-candidate.");
        _tracker.ResetVotes();
        (Leader, Role) = (0, RaftRole.PreCandidate);
        _trace.Info($"{Id:x} became pre-candidate at term {Term}");
    }

    private void BecomeLeader()
    {
        Require(Role == RaftRole.Candidate, "Only a candidate becomes the leader.");
        Reset(Term);
        (Leader, Role) = (Id, RaftRole.Leader);
        var self = _tracker.Find(Id) ?? throw new RaftInvariantException("A node that is no member was elected.");
        self.BecomeReplicate();
        self.RecentActive = true;

        // What is in the log may be a change; waiting until all of it is applied is cheaper than looking.
        _pendingConfIndex = Has(RaftRules.NewLeaderHoldsConfChanges) ? Log.LastIndex : 0;
        AppendOwn([default]);
        _trace.Info($"{Id:x} became leader at term {Term}");
    }

    /// <summary>Gives the entries their place and, when they are durable, acknowledges them to this node like a follower would.</summary>
    private bool AppendOwn(ReadOnlySpan<Entry> entries)
    {
        var payload = EntrySize.Payload(entries);
        var limit = _options.MaxUncommittedBytes;

        // Empty entries and the first proposal pass whatever the limit, or nothing could go on.
        if (_uncommittedBytes > 0 && payload > 0 && limit > 0 && _uncommittedBytes + payload > limit)
        {
            _trace.Warning($"{Id:x} appending new entries to log would exceed uncommitted entry size limit; dropping proposal");
            return false;
        }

        _uncommittedBytes += payload;
        var last = Log.LastIndex;
        var placed = new Entry[entries.Length];
        for (var i = 0; i < placed.Length; i++)
        {
            placed[i] = entries[i] with { Term = Term, Index = last + 1 + (ulong)i };
        }

        Send(new Message { Type = MessageType.AppResp, To = Id, Index = Log.Append(placed) });
        return true;
    }

    private ImmutableArray<ulong> Voters() =>
        [.. _tracker.Progress.Keys.Where(_tracker.IsVoter)];

    private ProgressTracker NewTracker() => new(_options.MaxInflightMessages, _options.MaxInflightBytes);

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new RaftInvariantException(what);
        }
    }
}
