using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Simulation.Checks;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Faults;
using Konsul.Mesh.Simulation.Servers;
using Konsul.Mesh.Simulation.Traffic;

namespace Konsul.Mesh.Simulation;

/// <summary>A cluster, its clients, its network and disks and their troubles: all of one seed, on one thread.</summary>
internal sealed partial class World
{
    private readonly List<Client> _clients = [];
    private readonly ConfState _founders;
    private ulong _numbers;

    public World(SimulationOptions options)
    {
        Options = options;
        Dice = new Dice(options.Seed);
        Plan = options.Plan ?? FaultPlan.Draw(Dice.Fork());
        Scheduler = new Scheduler(Dice.Fork(), options.MaxSteps);
        Trace = new Trace(Scheduler, options.FullTrace);
        Checker = new Checker(this);
        Network = new Network(this);
        Nemesis = new Nemesis(this);
        Operator = new Operator(this);
        _founders = new ConfState { Voters = [.. Enumerable.Range(1, Plan.Servers).Select(i => (ulong)i)] };
    }

    public SimulationOptions Options { get; }

    public Dice Dice { get; }

    public FaultPlan Plan { get; }

    public Scheduler Scheduler { get; }

    public Trace Trace { get; }

    public Checker Checker { get; }

    public Network Network { get; }

    public Nemesis Nemesis { get; }

    public Operator Operator { get; }

    public List<Server> Servers { get; } = [];

    public IEnumerable<ServerRun> Running => Servers.Where(s => s.Run is { IsUp: true, IsDead: false }).Select(s => s.Run!);

    public bool HasFaults { get; private set; } = true;

    /// <summary>A checker reads a disk: that is no event of the world.</summary>
    public bool IsLooking { get; set; }

    /// <summary>A number that no command had before.</summary>
    public ulong NextNumber() => ++_numbers;

    public ServerRun? RunOf(ulong id) => id <= (ulong)Servers.Count && Servers[(int)id - 1].Run is { IsUp: true, IsDead: false } run ? run : null;

    /// <summary>Ends the world. Also to be thrown, but what is in between may swallow that.</summary>
    public ViolationException Fail(string rule, string message)
    {
        var violation = new ViolationException(rule, message);
        Scheduler.Failure ??= violation;
        return violation;
    }

    public Server NewServer()
    {
        var rate = 1 + (Plan.Drift * (Dice.Next(201) - 100) / 100);
        var server = new Server((ulong)Servers.Count + 1, rate);
        Servers.Add(server);
        return server;
    }

    /// <summary>After whatever may have changed a server.</summary>
    public void AfterTurn(ServerRun run, LogLoop loop)
    {
        if (run.IsDead)
        {
            return;
        }

        if (run.Log.Failure is { } failure)
        {
            Stopped(run, failure);
            return;
        }

        Checker.AfterTurn(run, loop);
        LookAtCalls(run);
        run.Turns.Wake();
    }

    public void LookAtCalls(ServerRun run)
    {
        for (var i = run.Calls.Count - 1; i >= 0; i--)
        {
            var call = run.Calls[i];
            call.Client.Look(run, call);
            if (call.IsOver)
            {
                run.Calls.RemoveAt(i);
            }
        }
    }

    /// <summary>A log stops by itself only when its disk has failed, and then its process ends.</summary>
    private void Stopped(ServerRun run, LogStoppedException failure)
    {
        if (failure.Message == RemovedServer.Stopped(run.Id).Message && !run.IsMember)
        {
            run.Server.IsRetired = true;
            LookAtCalls(run);
            Crash(run, powerCut: false, Happening.RemovedServerStopped);
            return;
        }

        if (!run.HasDiskFailed)
        {
            throw Fail("stopped", $"server {run.Id} stops: {failure}");
        }

        // What waits is told before the process ends.
        LookAtCalls(run);
        Crash(run, powerCut: false, Happening.ServerStopped);
    }
}
