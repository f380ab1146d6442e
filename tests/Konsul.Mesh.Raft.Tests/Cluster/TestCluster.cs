using System.Collections.Immutable;
using System.Text;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Tests.Cluster;

/// <summary>
/// Nodes 1 to n in one thread, with messages that wait until a test delivers or drops them. Nothing happens by itself, so every interleaving can be
/// written down. The first log entry is in a snapshot at index 1, term 1.
/// </summary>
internal sealed class TestCluster
{
    private const int Turns = 2000;
    private readonly Func<RaftOptions, RaftOptions> _configure;
    private readonly HashSet<(ulong From, ulong To)> _cut = [];
    private readonly ConfState _members;

    public TestCluster(int voters, Func<RaftOptions, RaftOptions>? configure = null, int learners = 0)
    {
        _configure = configure ?? (options => options);
        _members = new ConfState
        {
            Voters = [.. Enumerable.Range(1, voters).Select(i => (ulong)i)],
            Learners = [.. Enumerable.Range(voters + 1, learners).Select(i => (ulong)i)],
        };
        foreach (var id in _members.Voters.Concat(_members.Learners))
        {
            Add(id, new Snapshot(1, 1, _members));
        }
    }

    public SortedList<ulong, TestNode> Nodes { get; } = [];

    public List<Message> InFlight { get; } = [];

    public SafetyChecker Safety { get; } = new();

    public Action<ulong, Ready>? ReadyTaken { get; set; }

    public TestNode this[ulong id] => Nodes[id];

    public TestNode? Leader => Nodes.Values.Where(n => n.IsLeader).MaxBy(n => n.Status.HardState.Term);

    /// <summary>A node that is nobody's member yet, with an empty disk.</summary>
    public TestNode Add(ulong id) => Add(id, null);

    /// <summary>Elects the node, without its timeout.</summary>
    public TestCluster Elect(ulong id)
    {
        ExpireLeases();
        Nodes[id].Raft.Campaign();
        Settle();
        Assert.True(Nodes[id].IsLeader, $"{id} was not elected: {this}");
        return this;
    }

    /// <summary>The node wins, but nobody has heard from it as the leader yet: only what concerns votes is delivered, also across cuts of others.</summary>
    public TestCluster WinVotes(ulong id)
    {
        ExpireLeases();
        Nodes[id].Raft.Campaign();
        for (var i = 0; i < 4; i++)
        {
            Deliver(m => m.Type is MessageType.PreVote or MessageType.PreVoteResp or MessageType.Vote or MessageType.VoteResp);
        }

        Assert.True(Nodes[id].IsLeader, $"{id} was not elected: {this}");
        return this;
    }

    /// <summary>Followers have not heard from a leader for long enough to vote, and do not campaign themselves.</summary>
    public TestCluster ExpireLeases()
    {
        foreach (var node in Nodes.Values.Where(n => !n.IsDown && !n.IsLeader))
        {
            node.Raft.SetElectionTimeout(int.MaxValue);
            Tick(node.Raft.Id, node.Options.ElectionTicks);
        }

        return this;
    }

    public TestCluster Propose(ulong id, string text)
    {
        Assert.True(Nodes[id].Raft.Propose(Encoding.UTF8.GetBytes(text)).IsOk);
        return this;
    }

    public TestCluster Change(ulong id, ConfChangeType type, ulong member)
    {
        Assert.True(Nodes[id].Raft.ProposeConfChange(ConfChange.Of(type, member)).IsOk);
        return Settle();
    }

    public void Cut(ulong from, ulong to) => _cut.Add((from, to));

    public bool IsCut(ulong from, ulong to) => _cut.Contains((from, to));

    /// <summary>Cuts the node off, both ways.</summary>
    public TestCluster Isolate(params ulong[] ids)
    {
        foreach (var id in ids)
        {
            foreach (var other in Nodes.Keys.Where(o => o != id))
            {
                _cut.Add((id, other));
                _cut.Add((other, id));
            }
        }

        return this;
    }

    public TestCluster Heal()
    {
        _cut.Clear();
        return this;
    }

    /// <summary>Carries out all Ready work of one node; its messages wait in <see cref="InFlight"/>.</summary>
    public void Pump(ulong id)
    {
        var node = Nodes[id];
        for (var turn = 0; !node.IsDown; turn++)
        {
            Assert.True(turn < Turns, $"{id} never comes to rest");
            if (node.Raft.HasReady)
            {
                InFlight.AddRange(node.TakeReady());
            }
            else if (node.HasAppends)
            {
                InFlight.AddRange(node.PersistOne());
            }
            else if (node.HasApplies)
            {
                InFlight.AddRange(node.ApplyOne());
            }
            else
            {
                break;
            }

            Safety.Check(node);
        }
    }

    public void PumpAll()
    {
        foreach (var id in Nodes.Keys)
        {
            Pump(id);
        }
    }

    /// <summary>Until nothing is left to do or to deliver.</summary>
    public TestCluster Settle()
    {
        for (var turn = 0; ; turn++)
        {
            Assert.True(turn < Turns, $"the cluster never comes to rest: {this}");
            PumpAll();
            if (InFlight.Count == 0)
            {
                return this;
            }

            Deliver(_ => true);
        }
    }

    /// <summary>Delivers what waits now and matches; cut links lose it.</summary>
    public int Deliver(Func<Message, bool> which)
    {
        var chosen = Take(which);
        foreach (var message in chosen)
        {
            if (!_cut.Contains((message.From, message.To)) && Nodes.TryGetValue(message.To, out var node) && !node.IsDown)
            {
                node.Raft.Step(message);
            }
        }

        return chosen.Count;
    }

    /// <summary>Removes what waits and matches, to deliver it later or never.</summary>
    public List<Message> Take(Func<Message, bool> which)
    {
        PumpAll();
        var taken = InFlight.Where(which).ToList();
        InFlight.RemoveAll(message => taken.Contains(message));
        return taken;
    }

    public TestCluster Tick(ulong id, int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            Nodes[id].Raft.Tick();
        }

        return this;
    }

    /// <summary>All clocks move by one and everything settles, so many times.</summary>
    public TestCluster TickAll(int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            foreach (var node in Nodes.Values.Where(n => !n.IsDown))
            {
                node.Raft.Tick();
            }

            Settle();
        }

        return this;
    }

    /// <summary>The text of the normal entries that a node applied.</summary>
    public ImmutableArray<string> Texts(ulong id) =>
        [.. Nodes[id].Applied.Where(e => e.Type == EntryType.Normal && !e.Data.IsEmpty).Select(e => Encoding.UTF8.GetString(e.Data.Span))];

    public override string ToString() => string.Join("; ", Nodes.Values.Select(n =>
        $"{n.Raft.Id} {(n.IsDown ? "down" : n.Status.SoftState.Role)} {n.Status.HardState} last {n.Status.LastIndex} of {n.Status.SoftState.Leader}"));

    private TestNode Add(ulong id, Snapshot? start)
    {
        var disk = new MemoryStorage();
        if (start is not null)
        {
            disk.ApplySnapshot(start);
        }

        var jitter = new SeededJitter(id);
        var starts = 0U;
        var node = new TestNode(disk, (storage, applied) => _configure(new RaftOptions
        {
            Id = id,
            Storage = storage,
            Jitter = jitter,
            ReadEpoch = ++starts,
            Applied = applied,
            ElectionTicks = 10,
            HeartbeatTicks = 1,
        }));
        node.ReadyTaken = ready => ReadyTaken?.Invoke(id, ready);
        Nodes.Add(id, node);
        return node;
    }
}
