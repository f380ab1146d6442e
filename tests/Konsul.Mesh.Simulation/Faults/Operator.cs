using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Membership;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Faults;

/// <summary>
/// Does what an operator or the autopilot does: adds servers, gives them a vote, removes and replaces them, moves the leadership, and replaces a
/// server whose disk is lost, under a new id.
/// </summary>
internal sealed class Operator(World world)
{
    private const int MostServers = 9;
    private readonly Dice _dice = world.Dice;

    /// <summary>A change that nobody knows the end of: it may yet happen, so nothing more may be lost.</summary>
    private bool _isUnsure;
    private TaskCompletionSource? _change;

    public void Start()
    {
        Repeat(world.Plan.ChangeEvery, ChangeMembers);
        Repeat(world.Plan.TransferEvery, Transfer);
        Repair();
    }

    /// <summary>Whether the cluster as it is now keeps what it knows, and a majority, without this server.</summary>
    public bool CanLose(ulong id) =>
        !_isUnsure && _change is null
        && world.Servers.TrueForAll(s => !s.IsLost && !s.IsFlipped)
        && Leader() is { } leader && leader.Log.Driver.Members is { IsJoint: false, Voters.Length: >= 3 } members
        && members.Voters.Contains(id);

    private void Repeat(int milliseconds, Action act)
    {
        if (milliseconds > 0)
        {
            world.Scheduler.After(_dice.Time(1, 3 * milliseconds * Scheduler.Millisecond), () =>
            {
                if (world.HasFaults)
                {
                    act();
                    Repeat(milliseconds, act);
                }
            });
        }
    }

    /// <summary>A lost server is taken out, also when all troubles have ended, and another one comes in.</summary>
    private void Repair() => world.Scheduler.After(_dice.Time(50 * Scheduler.Millisecond, 600 * Scheduler.Millisecond), () =>
    {
        if (Leader() is { } leader && _change is null)
        {
            var members = leader.Log.Driver.Members;
            var lost = world.Servers.Find(s => s.IsLost && (members.Voters.Contains(s.Id) || members.Learners.Contains(s.Id)));
            if (members.IsJoint)
            {
                // It leaves by itself.
            }
            else if (lost is not null)
            {
                Propose(leader, ConfChange.Of(ConfChangeType.Remove, lost.Id), m => !Has(m, lost.Id), Happening.MemberRemoved, () => { });
            }
            else if (members.Learners.Length > 0)
            {
                Promote(leader, members.Learners[_dice.Next(members.Learners.Length)]);
            }
            else if (members.Voters.Length < world.Plan.Servers && world.Servers.Exists(s => s.IsLost))
            {
                Add(leader);
            }
        }

        Repair();
    });

    private ServerRun? Leader() => world.Running.Where(r => r.Log.Driver.IsLeader && !r.IsDead).MaxBy(r => r.Seen.Term);

    private void ChangeMembers()
    {
        if (Leader() is not { } leader || _change is not null)
        {
            return;
        }

        var members = leader.Log.Driver.Members;
        var voters = members.Voters;
        switch (_dice.Next(5))
        {
            case 0 or 1 when world.Servers.Count < MostServers && voters.Length + members.Learners.Length < 6:
                Add(leader);
                break;
            case 2 when members.Learners.Length > 0:
                Promote(leader, members.Learners[_dice.Next(members.Learners.Length)]);
                break;
            case 3 when voters.Length > 2 || (voters.Length > 1 && _dice.Chance(0.3)):
                Remove(leader, voters[_dice.Next(voters.Length)]);
                break;
            case 4 when members.Learners.Length > 0 && voters.Length > 1:
                Replace(leader, voters[_dice.Next(voters.Length)], members.Learners[0]);
                break;
        }
    }

    private void Add(ServerRun leader)
    {
        var server = world.NewServer();
        world.StartSoon(server, Scheduler.Millisecond);
        Propose(leader, ConfChange.Of(ConfChangeType.AddLearner, server.Id), m => Has(m, server.Id), Happening.LearnerAdded, () => { });
    }

    private void Promote(ServerRun leader, ulong id) =>
        Propose(leader, ConfChange.Of(ConfChangeType.AddVoter, id), m => m.Voters.Contains(id), Happening.LearnerPromoted, () => { });

    private void Remove(ServerRun leader, ulong id) =>
        Propose(leader, ConfChange.Of(ConfChangeType.Remove, id), m => !Has(m, id), Happening.MemberRemoved, () => Retire(leader, id));

    private void Replace(ServerRun leader, ulong old, ulong next)
    {
        var change = new ConfChange { Steps = [new(ConfChangeType.AddVoter, next), new(ConfChangeType.Remove, old)] };
        Propose(leader, change, m => !m.IsJoint && !Has(m, old) && m.Voters.Contains(next), Happening.MemberReplaced, () => Retire(leader, old));
    }

    /// <summary>
    /// One that was removed goes on running, is shut down, or comes back after that. It must not be shut down before a majority of those that are
    /// left knows: until then they need its vote (etcd #12359).
    /// </summary>
    private void Retire(ServerRun leader, ulong id)
    {
        if (_dice.Chance(0.6))
        {
            RetireOnceKnown(id, leader.Log.Consensus.ConfigurationIndex, world.Scheduler.Now + (2 * Scheduler.Second));
        }
    }

    private void RetireOnceKnown(ulong id, ulong index, long until) => world.Scheduler.After(5 * Scheduler.Millisecond, () =>
    {
        var members = world.Running.Where(r => !Has(r.Log.Driver.Members, id)).Select(r => r.Log.Driver.Members).MaxBy(m => m.Voters.Count(IsLeftBy));
        if (members is not null && members.Voters.Count(IsLeftBy) > members.Voters.Length / 2)
        {
            ShutDown(id);
        }
        else if (world.HasFaults && world.Scheduler.Now < until)
        {
            RetireOnceKnown(id, index, until);
        }

        bool IsLeftBy(ulong voter) => world.RunOf(voter) is { } run && !run.Log.Driver.Members.IsJoint && !Has(run.Log.Driver.Members, id)
            && Math.Max(run.Log.Consensus.ConfigurationIndex, run.Storage.Snapshot.Index) >= index;
    });

    private void ShutDown(ulong id)
    {
        var server = world.Servers.Find(s => s.Id == id)!;
        server.IsRetired = true;
        if (server.Run is { } run)
        {
            world.Crash(run, powerCut: false, Happening.Killed);
        }

        if (_dice.Chance(0.4))
        {
            world.Scheduler.After(_dice.Time(0, 2 * Scheduler.Second), () =>
            {
                world.Trace.Note(Happening.RemovedServerReturned, id);
                server.IsRetired = false;
                world.StartSoon(server, 1);
            });
        }
    }

    private void Propose(ServerRun leader, ConfChange change, Predicate<ConfState> reached, Happening done, Action after)
    {
        var ended = _change = new TaskCompletionSource();
        leader.Log.OnOwner(driver =>
        {
            if (driver.IsLeader && MembershipPolicy.WhyNot(driver.Status(), change) is not null)
            {
                ended.TrySetCanceled();
                return;
            }

            driver.Change(change, reached, ended);
        });
        leader.Turns.Wake();
        Watch(leader, ended, done, after, world.Scheduler.Now + (2 * Scheduler.Second));
    }

    private void Watch(ServerRun leader, TaskCompletionSource ended, Happening done, Action after, long until) => world.Scheduler.After(5 * Scheduler.Millisecond, () =>
    {
        if (!ended.Task.IsCompleted && !leader.IsDead && world.Scheduler.Now < until)
        {
            Watch(leader, ended, done, after, until);
            return;
        }

        _change = null;
        if (ended.Task.IsCompletedSuccessfully)
        {
            world.Trace.Note(done, leader.Id);
            after();
            return;
        }

        _ = ended.Task.Exception;
        _isUnsure |= !ended.Task.IsCanceled;
        world.Trace.Note(Happening.ChangeRefused, leader.Id);
    });

    private void Transfer()
    {
        if (Leader() is not { } leader)
        {
            return;
        }

        var voters = leader.Log.Driver.Members.Voters;
        var target = _dice.Chance(0.3) ? 0 : voters[_dice.Next(voters.Length)];
        var done = new TaskCompletionSource();
        leader.Log.OnOwner(driver => driver.Transfer(target, done));
        leader.Turns.Wake();
        world.Scheduler.After(Scheduler.Second, () =>
        {
            world.Trace.Note(done.Task.IsCompletedSuccessfully ? Happening.LeadershipTransferred : Happening.TransferOfLeadershipRefused, leader.Id, target);
            _ = done.Task.Exception;
        });
    }

    private static bool Has(ConfState members, ulong id) => members.Voters.Contains(id) || members.Learners.Contains(id);
}
