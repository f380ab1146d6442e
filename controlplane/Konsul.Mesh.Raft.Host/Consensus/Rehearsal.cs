using System.Buffers;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Codec;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>
/// Plays elections, writes, reads and handovers among three nodes in memory, so that their code is compiled before this server leads for the first
/// time: clients would wait for the compiler just when they wait for a leader.
/// </summary>
internal sealed class Rehearsal
{
    private const int Rounds = 20;
    private static readonly ConfState Members = new() { Voters = [1, 2, 3] };
    private readonly Queue<Action> _work = new();
    private readonly List<Actor> _actors = [];
    private readonly MessageCodec _codec = new(MessageLimits.Default);
    private int _written;

    private Rehearsal() => _actors.AddRange(Members.Voters.Select(id => new Actor(this, id)));

    /// <returns>How many writes came to their end, of those that were begun.</returns>
    public static (int Written, int Begun) Run() => new Rehearsal().Play();

    private (int Written, int Begun) Play()
    {
        _actors[0].Driver.StandAlone();
        for (var round = 0; round < Rounds; round++)
        {
            Settle();
            foreach (var actor in _actors)
            {
                actor.Propose();
                actor.Driver.Read(new TaskCompletionSource<ulong>(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            Settle();
            _actors.ForEach(a => a.Driver.Tick());
            var leader = _actors.Find(a => a.Driver.IsLeader);
            leader?.Driver.Transfer(_actors[round % _actors.Count].Id, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        Settle();
        return (_written, Rounds * _actors.Count);
    }

    /// <summary>Until nobody has anything to do.</summary>
    private void Settle()
    {
        do
        {
            while (_work.TryDequeue(out var work))
            {
                work();
            }

            _actors.ForEach(a => a.Driver.Pump());
        }
        while (_work.Count > 0);
    }

    private sealed class Actor : INodeEffects
    {
        private readonly Rehearsal _stage;
        private readonly MemoryStorage _storage = new();
        private readonly ProposalTable _proposals;
        private readonly ReadWaiters _waiters = new(HostRules.All);

        public Actor(Rehearsal stage, ulong id)
        {
            (_stage, Id) = (stage, id);
            _storage.ApplySnapshot(new Snapshot(1, 1, Members));
            _storage.HardState = new HardState(1, 0, 1);
            _proposals = new ProposalTable(id, Rounds, long.MaxValue);
            var jitter = new SeededJitter(id);
            var node = new RaftNode(new RaftOptions
            {
                Id = id,
                Storage = _storage,
                Jitter = jitter,
                Applied = 1,
                AsyncStorageWrites = true,
                ForwardProposals = false,
                ReadEpoch = (uint)id,
            });
            Driver = new NodeDriver(node, this, _proposals, _waiters, new DriverTiming(), jitter, HostRules.All);
        }

        public ulong Id { get; }

        public NodeDriver Driver { get; }

        public void Propose() => Driver.Propose(_proposals.Add("rehearsal"u8));

        public void Append(Message message)
        {
            _storage.Append(message.Entries.AsSpan());
            if (message.Term != 0)
            {
                _storage.HardState = new HardState(message.Term, message.Vote, message.Commit);
            }

            Answer(message);
        }

        public void Apply(Message message)
        {
            foreach (var entry in message.Entries)
            {
                if (!entry.Data.IsEmpty && CommandHeader.Read(entry.Data.Span, entry.Index) is var header && header.Origin == Id
                    && _proposals.TryTake(header.Number, out var proposal))
                {
                    proposal.Complete(new Committed(entry.Index, entry.Term, default));
                    _stage._written++;
                }
            }

            _waiters.Advance(message.Entries[^1].Index);
            Answer(message);
            _stage._work.Enqueue(() => Driver.Applied(message.Entries[^1].Term));
        }

        public void Send(Message message)
        {
            var bytes = new ArrayBufferWriter<byte>();
            _stage._codec.Encode(message, bytes);
            _stage._work.Enqueue(() =>
            {
                var target = _stage._actors.Find(a => a.Id == message.To)!;
                var sequence = new ReadOnlySequence<byte>(bytes.WrittenMemory);
                if (_stage._codec.TryDecode(ref sequence, target.Driver.Term, out var received))
                {
                    target.Driver.Receive(received!);
                }
            });
        }

        public void Forward(ulong leader, ulong term, IReadOnlyList<PendingProposal> proposals)
        {
            var call = ForwardCodec.Encode(term, proposals);
            _stage._work.Enqueue(() =>
            {
                ForwardCodec.TryDecode(call, out var asked, out var entries);
                var outcome = _stage._actors.Find(a => a.Id == leader)!.Driver.TakeForwarded(asked, entries);
                Driver.Forwarded(term, proposals, outcome);
            });
        }

        public void LeadershipChanged()
        {
            // Nobody watches.
        }

        private void Answer(Message message)
        {
            foreach (var answer in message.Responses)
            {
                if (answer.To == Id)
                {
                    _stage._work.Enqueue(() => Driver.Local(answer));
                }
                else
                {
                    Send(answer);
                }
            }
        }
    }
}
