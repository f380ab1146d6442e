using System.Globalization;
using System.Text;
using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Raft.Tests.Cluster;

namespace Konsul.Mesh.Raft.Tests.Chaos;

/// <summary>
/// A run of random events drawn from one seed: messages lost, doubled and reordered, links cut one way, nodes killed with what was not persisted,
/// logs compacted, members changed, leaders asked to go. Afterwards everything heals and the group must come to agree.
/// </summary>
internal sealed class ChaosRun(ulong seed, RaftRules rules = RaftRules.All)
{
    private readonly SeededJitter _dice = new(seed);
    private readonly List<(ulong Reader, ulong Number, ulong AtLeast)> _asked = [];
    private TestCluster _cluster = null!;
    private int _proposals;

    /// <summary>The newest index that any node has applied: what a read that starts now must see.</summary>
    private ulong _newest;

    public int Commits => _cluster.Nodes.Values.Max(n => n.Applied.Count);

    public int ReadsAnswered { get; private set; }

    public void Run(int events)
    {
        var readMode = _dice.Next(3) == 0 ? ReadMode.Lease : ReadMode.Quorum;
        var async = _dice.Next(2) == 0;
        _cluster = new TestCluster(1 + _dice.Next(5), options => options with
        {
            AsyncStorageWrites = async,
            ReadMode = readMode,
            MaxSizePerMessage = 64,
            MaxInflightMessages = 3,
            MaxInflightBytes = 256,
            MaxAppliedPerReady = 64,
            Rules = rules,
        });
        for (var i = 0; i < events; i++)
        {
            OneEvent();
            CheckReads();
        }

        Converge();
    }

    private void OneEvent()
    {
        var node = _cluster.Nodes.GetValueAtIndex(_dice.Next(_cluster.Nodes.Count));
        switch (_dice.Next(100))
        {
            case < 30:
                DeliverOne();
                break;
            case < 55:
                Work(node);
                break;
            case < 80 when !node.IsDown:
                node.Raft.Tick();
                break;
            case < 88 when !node.IsDown:
                node.Raft.Propose(Encoding.UTF8.GetBytes("p" + (_proposals++).ToString(CultureInfo.InvariantCulture)));
                break;
            case < 92 when !node.IsDown:
                if (node.Raft.ReadIndex(out var number).IsOk)
                {
                    _asked.Add((node.Raft.Id, number, _newest));
                }

                break;
            default:
                Rare(node);
                break;
        }
    }

    private void Rare(TestNode node)
    {
        var id = node.Raft.Id;
        var other = _cluster.Nodes.GetKeyAtIndex(_dice.Next(_cluster.Nodes.Count));
        switch (_dice.Next(24))
        {
            case 0:
                _asked.RemoveAll(read => read.Reader == id);
                node.Restart();
                break;
            case 1:
                node.IsDown = true;
                break;
            case < 4 when node.IsDown:
                _asked.RemoveAll(read => read.Reader == id);
                node.Restart();
                break;
            case < 7 when id != other:
                _cluster.Cut(id, other);
                break;
            case < 12:
                _cluster.Heal();
                break;
            case < 15:
                node.Compact((ulong)_dice.Next(4));
                break;
            case 15 when !node.IsDown:
                node.Raft.TransferLeader(other);
                break;
            case 16 when !node.IsDown && node.Raft.ForgetLeader().IsOk:
                node.Raft.Campaign();
                break;
            case 17 when !node.IsDown:
                node.Raft.ReportUnreachable(other);
                break;
            case < 22 when node.IsLeader:
                ChangeMembers(node);
                break;
            case 22 when _cluster.InFlight.Count > 0:
                _cluster.InFlight.Add(_cluster.InFlight[_dice.Next(_cluster.InFlight.Count)]);
                break;
            default:
                Lose();
                break;
        }
    }

    private void DeliverOne()
    {
        if (_cluster.InFlight.Count == 0)
        {
            return;
        }

        // Mostly in order, at times out of it.
        var at = _dice.Next(4) == 0 ? _dice.Next(_cluster.InFlight.Count) : 0;
        var message = _cluster.InFlight[at];
        _cluster.InFlight.RemoveAt(at);
        var isLost = _cluster.IsCut(message.From, message.To) || !_cluster.Nodes.TryGetValue(message.To, out var node) || node.IsDown;
        if (!isLost)
        {
            _cluster[message.To].Raft.Step(message);
        }

        ReportSnapshot(message, !isLost);
    }

    private void Lose()
    {
        if (_cluster.InFlight.Count > 0)
        {
            var message = _cluster.InFlight[0];
            _cluster.InFlight.RemoveAt(0);
            ReportSnapshot(message, ok: false);
        }
    }

    private void ReportSnapshot(Message message, bool ok)
    {
        if (message.Type == MessageType.Snap && !_cluster[message.From].IsDown)
        {
            _cluster[message.From].Raft.ReportSnapshot(message.To, ok);
        }
    }

    private void Work(TestNode node)
    {
        if (node.IsDown)
        {
            return;
        }

        switch (_dice.Next(3))
        {
            case 0 when node.HasAppends:
                _cluster.InFlight.AddRange(node.PersistOne());
                break;
            case 1 when node.HasApplies:
                _cluster.InFlight.AddRange(node.ApplyOne());
                break;
            default:
                if (node.Raft.HasReady)
                {
                    _cluster.InFlight.AddRange(node.TakeReady());
                }

                break;
        }

        _cluster.Safety.Check(node);
        _newest = Math.Max(_newest, node.AppliedIndex);
    }

    private void ChangeMembers(TestNode leader)
    {
        var id = 1UL + (ulong)_dice.Next(7);
        if (!_cluster.Nodes.ContainsKey(id))
        {
            _cluster.Add(id);
        }

        ConfChangeType[] types = [ConfChangeType.AddLearner, ConfChangeType.AddVoter, ConfChangeType.Remove];
        var change = ConfChange.Of(types[_dice.Next(3)], id);
        if (_dice.Next(3) == 0)
        {
            var partner = leader.Members.Voters[_dice.Next(leader.Members.Voters.Length)];
            change = change with { Steps = change.Steps.Add(new ConfChangeStep(ConfChangeType.Remove, partner)) };
        }

        if (leader.Status.Members.IsJoint || MembershipPolicy.WhyNot(leader.Status, change) is null)
        {
            leader.Raft.ProposeConfChange(leader.Status.Members.IsJoint ? ConfChange.LeaveJoint : change);
        }
    }

    /// <summary>A read must see what anybody had applied before it was asked (I13).</summary>
    private void CheckReads()
    {
        foreach (var node in _cluster.Nodes.Values)
        {
            foreach (var answer in node.Reads)
            {
                foreach (var read in _asked.Where(r => r.Reader == node.Raft.Id && r.Number == answer.Number))
                {
                    ReadsAnswered++;
                    if (answer.Index < read.AtLeast)
                    {
                        throw new SafetyException($"read {answer} at {node.Raft.Id} does not see {read.AtLeast}");
                    }
                }
            }

            node.Reads.Clear();
        }
    }

    private void Converge()
    {
        _cluster.Heal();
        foreach (var node in _cluster.Nodes.Values.Where(n => n.IsDown))
        {
            node.Restart();
        }

        for (var round = 0; round < 60 && !IsConverged(); round++)
        {
            TickEverybody();
            _cluster.Leader?.Raft.Propose("end"u8.ToArray());
        }

        if (!IsConverged())
        {
            throw new SafetyException($"never came to agree: {_cluster}");
        }
    }

    private void TickEverybody()
    {
        for (var i = 0; i < 20; i++)
        {
            foreach (var node in _cluster.Nodes.Values)
            {
                node.Raft.Tick();
            }

            _cluster.PumpAll();
            foreach (var message in _cluster.Take(_ => true))
            {
                _cluster[message.To].Raft.Step(message);
                ReportSnapshot(message, ok: true);
            }

            _cluster.PumpAll();
        }
    }

    private bool IsConverged() =>
        _cluster.Leader is { } leader
        && !leader.Status.Members.IsJoint
        && leader.Applied.Count > 0
        && leader.Applied[^1].Term == leader.Status.HardState.Term
        && leader.Status.Progress.All(member => member.Match + 20 >= leader.Status.LastIndex && _cluster[member.Id].AppliedIndex + 20 >= leader.AppliedIndex);
}
