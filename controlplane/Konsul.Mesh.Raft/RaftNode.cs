using System.Collections.Immutable;
using Konsul.Mesh.Raft.Core;
using Konsul.Mesh.Raft.Diagnostics;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft;

/// <summary>
/// One node of a group, as a pure function: messages, ticks and requests in, <see cref="Ready"/> out. One owner calls it, one call at a time; no
/// call waits. The owner stores, sends and applies what Ready says, then either delivers the responses of the StorageAppend and StorageApply
/// messages (asynchronous storage writes) or calls <see cref="Advance"/>.
/// </summary>
/// <remarks>Any <see cref="RaftInvariantException"/> means that disk or code is broken: the owner stops the node for good.</remarks>
public sealed partial class RaftNode
{
    private readonly RaftOptions _options;
    private readonly RaftCore _core;
    private readonly RaftInvariants _invariants;
    private readonly ulong _readEpoch;
    private uint _readCount;

    /// <exception cref="ArgumentException">A setting is impossible; the message names it.</exception>
    /// <exception cref="RaftInvariantException">What the storage holds contradicts itself.</exception>
    public RaftNode(RaftOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _core = new RaftCore(options);
        _invariants = new RaftInvariants(_core);
        _readEpoch = (ulong)options.ReadEpoch << 32;
        (_softState, _hardState) = (_core.SoftState, _core.HardState);
    }

    public ulong Id => _options.Id;

    /// <summary>For tests that look at every step.</summary>
    internal RaftCore Core => _core;

    /// <summary>Time passes. After a pause the owner makes up for every tick it missed before anything else: leases count on it.</summary>
    public void Tick() => _core.Tick();

    /// <summary>A message of another node, or a response that Ready carried.</summary>
    public StepResult Step(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var check = MessageCheck.Judge(message, _options, _core.Term, _core.Tracker);
        return check.IsOk ? _core.Step(message) : check;
    }

    /// <summary>Proposes a command. Ok means that it is on its way, not that it will be committed.</summary>
    public StepResult Propose(ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty)
        {
            return StepResult.Malformed("A proposal without bytes.");
        }

        return _options.MaxProposalBytes > 0 && data.Length > _options.MaxProposalBytes
            ? new StepResult(StepOutcome.TooLarge)
            : _core.Step(new Message { Type = MessageType.Prop, From = Id, Entries = [new Entry(0, 0, EntryType.Normal, data)] });
    }

    /// <summary>Proposes several commands at once: all or none, in this order, in one append. Each must be within the limit of one.</summary>
    public StepResult ProposeAll(IReadOnlyList<byte[]> commands)
    {
        ArgumentNullException.ThrowIfNull(commands);
        var entries = ImmutableArray.CreateBuilder<Entry>(commands.Count);
        foreach (var data in commands)
        {
            if (data.Length == 0)
            {
                return StepResult.Malformed("A proposal without bytes.");
            }

            if (_options.MaxProposalBytes > 0 && data.Length > _options.MaxProposalBytes)
            {
                return new StepResult(StepOutcome.TooLarge);
            }

            entries.Add(new Entry(0, 0, EntryType.Normal, data));
        }

        return entries.Count == 0
            ? StepResult.Malformed("No proposal.")
            : _core.Step(new Message { Type = MessageType.Prop, From = Id, Entries = entries.MoveToImmutable() });
    }

    /// <summary>Proposes a configuration change. Refused when the leader knows already that it does not fit; an empty entry takes its place.</summary>
    public StepResult ProposeConfChange(ConfChange change) => ProposeConfChange(change, single: false);

    /// <summary>The owner applied an entry of type ConfChange or ConfChangeV2; from now on it counts. One that a snapshot received meanwhile holds already
    /// is skipped.</summary>
    /// <param name="change">What the entry holds.</param>
    /// <param name="index">Of the entry.</param>
    /// <returns>The configuration after it, to be kept with snapshots.</returns>
    public ConfState ApplyConfChange(ConfChange change, ulong index)
    {
        ArgumentNullException.ThrowIfNull(change);
        return _core.Apply(change, index);
    }

    /// <summary>Asks for a read that sees everything written before. The answer comes as a <see cref="ReadState"/>, or never: fail the read when leader or
    /// term change, or after a time-out.</summary>
    /// <param name="number">Comes back with the answer. Grows from call to call.</param>
    public StepResult ReadIndex(out ulong number)
    {
        number = _readEpoch | ++_readCount;
        return _core.Step(new Message { Type = MessageType.ReadIndex, Context = number });
    }

    /// <summary>Hands the leadership over; given up after an election timeout. A follower passes the request on.</summary>
    public StepResult TransferLeader(ulong to) => _core.Step(new Message { Type = MessageType.TransferLeader, Context = to });

    /// <summary>
    /// This follower holds its leader for gone, so that it may grant votes before the timeout. When the connection to the leader breaks, call this
    /// and then <see cref="Campaign"/>, and again some ticks later while <see cref="RaftRole.PreCandidate"/>: with PreVote nothing happens unless a majority has lost
    /// the leader too. Refused with lease reads.
    /// </summary>
    public StepResult ForgetLeader() => _core.Step(new Message { Type = MessageType.ForgetLeader });

    /// <summary>Stands for election now, with a pre-vote if that is set. Does nothing on a leader, a learner or a node with changes to apply.</summary>
    public void Campaign() => _core.Step(new Message { Type = MessageType.Hup });

    /// <summary>Something sent to the peer may be lost.</summary>
    public void ReportUnreachable(ulong peer) => _core.Step(new Message { Type = MessageType.Unreachable, From = peer });

    /// <summary>How sending a snapshot to the peer ended.</summary>
    public void ReportSnapshot(ulong peer, bool ok) =>
        _core.Step(new Message { Type = MessageType.SnapStatus, From = peer, Reject = !ok });

    public RaftStatus Status()
    {
        var progress = _core.Role == RaftRole.Leader ? _core.Tracker.Progress : [];
        return new RaftStatus
        {
            Id = Id,
            HardState = _core.HardState,
            SoftState = _core.SoftState,
            Applied = _core.Log.Applied,
            FirstIndex = _core.Log.FirstIndex,
            LastIndex = _core.Log.LastIndex,
            Transferee = _core.Transferee,
            Members = _core.Tracker.Members,
            ElectionElapsed = _core.ElectionElapsed,
            Progress =
            [
                .. progress.Select(pair => new MemberProgress(
                    pair.Key,
                    pair.Value.Match,
                    pair.Value.Next,
                    pair.Value.State,
                    pair.Value.IsLearner,
                    pair.Value.IsPaused,
                    pair.Value.RecentActive,
                    pair.Value.PendingSnapshot,
                    pair.Value.Inflights.Count,
                    pair.Value.Inflights.Bytes,
                    RaftText.Progress(pair.Value))),
            ],
        };
    }

    internal StepResult ProposeConfChange(ConfChange change, bool single)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (type, data) = ConfChangeCodec.Encode(change, single);
        return _core.Step(new Message { Type = MessageType.Prop, From = Id, Entries = [new Entry(0, 0, type, data)] });
    }

    /// <summary>Overrides the running draw of the election timeout, until the next one.</summary>
    internal void SetElectionTimeout(int ticks) => _core.ElectionTimeout = ticks;
}
