using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;
using Konsul.Mesh.Simulation.Traffic;
using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.Simulation;

/// <summary>From the first start to the last check.</summary>
internal sealed partial class World
{
    /// <summary>Once nothing goes wrong any more, all must be well within this time.</summary>
    private const long ConvergenceLimit = 60 * Scheduler.Second;

    /// <summary>Of the histories that are checked.</summary>
    private const long CheckerBytes = 64L << 20;

    public string Verdict { get; private set; } = "";

    /// <exception cref="ViolationException">What went wrong.</exception>
    public void Run()
    {
        for (var i = 0; i < Plan.Servers; i++)
        {
            StartSoon(NewServer(), Dice.Time(0, 50 * Scheduler.Millisecond));
        }

        for (var i = 0; i < Plan.Clients; i++)
        {
            var client = new Client(this, i);
            _clients.Add(client);
            client.Think();
        }

        Nemesis.Start();
        Operator.Start();
        RunUntilTime(Plan.FaultMilliseconds * Scheduler.Millisecond);
        EndTroubles();
        Converge();
        CheckHistory();
    }

    private void RunUntilTime(long time)
    {
        Scheduler.At(time, () => { });
        Scheduler.RunUntil(() => Scheduler.Now >= time);
    }

    private void EndTroubles()
    {
        (HasFaults, Network.HasFaults) = (false, false);
        Network.Heal();
        foreach (var server in Servers)
        {
            server.Disk.Capacity = long.MaxValue;
            if (server.Run is { } run)
            {
                run.Disk.MaxWrite = int.MaxValue;
                (run.CrashIn, run.ErrorIn, run.ReadErrorIn) = (-1, -1, -1);
                (run.PausedUntil, run.DiskStalledUntil, run.ApplyStalledUntil) = (0, 0, 0);
                run.Turns.Wake();
            }
            else if (!server.IsRetired)
            {
                StartSoon(server, Scheduler.Millisecond);
            }
        }
    }

    private void Converge()
    {
        var limit = Scheduler.Now + ConvergenceLimit;
        while (!HasConverged())
        {
            if (Scheduler.Now > limit)
            {
                throw Fail("liveness", $"after {ConvergenceLimit / Scheduler.Second} s without trouble: {Describe()}");
            }

            RunUntilTime(Scheduler.Now + (20 * Scheduler.Millisecond));
        }

        Trace.Note(Happening.Converged, 0, Checker.NewestCommit);
        Checker.Final([.. Members(Leader()!)!]);
    }

    private ServerRun? Leader() => Running.Where(r => r.Log.Driver.IsLeader).MaxBy(r => r.Seen.Term);

    /// <summary>All who belong to the cluster; null when one of them is down.</summary>
    private List<ServerRun>? Members(ServerRun leader)
    {
        var members = leader.Log.Driver.Members;
        var runs = members.Voters.Concat(members.Learners).Select(RunOf).ToList();
        return runs.Contains(null) ? null : [.. runs.Select(r => r!)];
    }

    /// <summary>Somebody leads, all members are there and have applied all there is, clients have done what they wanted, and a disk that was damaged
    /// is replaced.</summary>
    private bool HasConverged()
    {
        if (!_clients.TrueForAll(c => c.IsDone) || Servers.Exists(s => s.Run?.Calls.Count > 0))
        {
            return false;
        }

        if (Leader() is not { } leader || leader.Log.Driver.Members.IsJoint || Members(leader) is not { } members)
        {
            return false;
        }

        var last = leader.Log.Driver.Node.Core.Log.LastIndex;
        return leader.Seen.Commit == last
            && members.TrueForAll(m => m.Log.Driver.Leader == leader.Id && m.Log.Driver.Node.Core.Log.Applied == last && m.Machine.Index == leader.Machine.Index);
    }

    private string Describe() => string.Join("; ", Servers.Select(s => s switch
    {
        { IsLost: true } => $"{s.Id} lost",
        { Run: { IsUp: true } r } => $"{s.Id} {r.Log.Driver.Node.Core.Role} term {r.Seen.Term} leader {r.Log.Driver.Leader} last {r.Log.Driver.Node.Core.Log.LastIndex} "
            + $"commit {r.Seen.Commit} applied {r.Log.Driver.Node.Core.Log.Applied} members {string.Join(',', r.Log.Driver.Members.Voters)}"
            + $"/{string.Join(',', r.Log.Driver.Members.Learners)} calls {r.Calls.Count}",
        { IsRetired: true } => $"{s.Id} retired",
        _ => $"{s.Id} down",
    })) + $"; clients left {_clients.Count(c => !c.IsDone)}";

    private void CheckHistory()
    {
        var history = _clients.SelectMany(c => c.History).ToList();
        var options = new CheckOptions { Timeout = Timeout.InfiniteTimeSpan, Parallelism = 1, CacheBytes = CheckerBytes };
        var result = LinearizabilityChecker.Check(new KeyValueModel(), history, options);
        Verdict = $"{result.Verdict} of {history.Count} operations";
        if (result.Verdict == TestKit.Linearizability.Verdict.Illegal)
        {
            throw Fail("linearizability", result.Describe());
        }
    }
}
