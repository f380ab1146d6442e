using Konsul.Mesh.Raft.Host.Consensus;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

/// <summary>
/// Drivers 1, 2 and 3 of one cluster without clock, thread, disk or network: the test moves each message, each write and each tick. Driver 3
/// leads when it is made.
/// </summary>
internal sealed class DriverTrio
{
    private static readonly ConfState Members = new() { Voters = [1, 2, 3] };
    private readonly List<Server> _servers;

    public DriverTrio()
    {
        _servers = [.. Members.Voters.Select(id => new Server(id))];
        this[3].Driver.StandAlone();
        Settle();
        Assert.All(_servers, s => Assert.Equal(3UL, s.Driver.Leader));
    }

    public Server this[ulong id] => _servers.Single(s => s.Id == id);

    /// <summary>Its process is gone; what it had sent may still arrive.</summary>
    public Server Kill(ulong id)
    {
        var killed = this[id];
        _servers.Remove(killed);
        return killed;
    }

    /// <summary>A tick for everybody, then all writes and all messages until nothing is left to do.</summary>
    public void Tick()
    {
        _servers.ForEach(s => s.Driver.Tick());
        Settle();
    }

    public void Settle()
    {
        do
        {
            _servers.ForEach(s => s.Write());
            _servers.ForEach(Deliver);
            _servers.ForEach(s => s.Driver.Pump());
        }
        while (_servers.Exists(s => s.HasWork));
    }

    /// <summary>What it has sent, without what it has not written.</summary>
    public void Deliver(Server from)
    {
        from.Driver.Pump();
        foreach (var message in from.TakeSent())
        {
            _servers.Find(s => s.Id == message.To)?.Driver.Receive(message);
        }
    }

    /// <returns>How many ticks it took until one of them led and all knew it; fails after as many as the shortest election timeout has.</returns>
    public int TicksToALeader()
    {
        for (var ticks = 0; ticks < new RaftOptions { Id = 1, Storage = new MemoryStorage(), Jitter = new SeededJitter(1), ReadEpoch = 1 }.ElectionTicks; ticks++)
        {
            if (_servers.Find(s => s.Driver.IsLeader) is { } leader && _servers.TrueForAll(s => s.Driver.Leader == leader.Id))
            {
                return ticks;
            }

            Tick();
        }

        throw new InvalidOperationException("Only the election timeout would make one of them lead.");
    }

    internal sealed class Server : INodeEffects
    {
        private readonly MemoryStorage _storage = new();
        private readonly Queue<Message> _writes = new();
        private readonly ProposalTable _proposals;
        private readonly ReadWaiters _waiters = new(HostRules.All);
        private readonly HashSet<ulong> _elections = [];
        private List<Message> _sent = [];

        public Server(ulong id)
        {
            Id = id;
            _storage.ApplySnapshot(new Snapshot(1, 1, Members));
            _storage.HardState = new HardState(1, 0, 1);
            _proposals = new ProposalTable(id, 100, long.MaxValue);
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

        public bool HasWork => _writes.Count > 0 || _sent.Count > 0;

        /// <summary>To whom commands went, and in which term.</summary>
        public List<(ulong Leader, ulong Term, IReadOnlyList<PendingProposal> Commands)> Forwards { get; } = [];

        /// <summary>How often it asked for real votes.</summary>
        public int Elections => _elections.Count;

        public void Propose() => Driver.Propose(_proposals.Add("command"u8));

        public List<Message> TakeSent()
        {
            var sent = _sent;
            _sent = [];
            return sent;
        }

        /// <summary>What waits for the disk is durable now, and its answers are on their way.</summary>
        public void Write()
        {
            Driver.Pump();
            while (_writes.TryDequeue(out var message))
            {
                _storage.Append(message.Entries.AsSpan());
                if (message.Term != 0)
                {
                    _storage.HardState = new HardState(message.Term, message.Vote, message.Commit);
                }

                Answer(message);
                Driver.Pump();
            }
        }

        public void Append(Message message) => _writes.Enqueue(message);

        public void Apply(Message message)
        {
            Answer(message);
            Driver.Applied(message.Entries[^1].Term);
        }

        public void Send(Message message)
        {
            if (message.Type == MessageType.Vote)
            {
                _elections.Add(message.Term);
            }

            _sent.Add(message);
        }

        public void Forward(ulong leader, ulong term, IReadOnlyList<PendingProposal> proposals) => Forwards.Add((leader, term, proposals));

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
                    Driver.Local(answer);
                }
                else
                {
                    _sent.Add(answer);
                }
            }
        }
    }
}
