using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Simulation.Disks;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;
using Konsul.Mesh.Simulation.Traffic;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Simulation;

/// <summary>Processes begin and end.</summary>
internal sealed partial class World
{
    private const string Folder = "/data";

    public void StartSoon(Server server, long delay)
    {
        if (!server.IsStarting)
        {
            server.IsStarting = true;
            Scheduler.After(delay, () => Start(server));
        }
    }

    /// <summary>The process of a server ends at once, at whatever it is. A power cut also takes what was not synced.</summary>
    public void Crash(ServerRun run, bool powerCut, Happening why)
    {
        if (run.IsDead)
        {
            return;
        }

        Trace.Note(why, run.Id, powerCut ? 1UL : 0);
        Checker.Ended(run);
        var server = run.Server;
        (run.IsDead, server.Run) = (true, null);
        server.Disk = powerCut ? run.Disk.AfterPowerCut(new Random((int)(Dice.Next64() & int.MaxValue))) : run.Disk.AfterKill();
        foreach (var call in run.Calls.ToList())
        {
            call.Client.GiveUp(call);
        }

        run.Calls.Clear();
        foreach (var other in Servers.Where(s => s != server))
        {
            // The kernel closes the connections of a process; nobody tells of a machine without power.
            Network.Break(server.Id, other.Id, isNoticed: !powerCut && Dice.Chance(0.8));
        }

        if (!server.IsRetired)
        {
            StartSoon(server, Dice.Time(10 * Scheduler.Millisecond, 1500 * Scheduler.Millisecond));
        }
    }

    /// <summary>The process of a server ends as it should; in the middle of something it is killed.</summary>
    public void Close(ServerRun run)
    {
        run.Log.Close();
        if (run.Turns.Finish())
        {
            Trace.Note(Happening.Closed, run.Id);
            LookAtCalls(run);
        }

        Crash(run, powerCut: false, Happening.Killed);
    }

    private void Start(Server server)
    {
        server.IsStarting = false;
        if (server.Run is not null || server.IsLost || server.IsRetired)
        {
            return;
        }

        var run = new ServerRun(this, server);
        (server.Run, server.Runs) = (run, server.Runs + 1);
        Prepare(run);
        try
        {
            Open(run);
        }
        catch (Exception e) when (e is not ViolationException)
        {
            NotStarted(run, e);
            return;
        }

        if (run.IsDead)
        {
            return;
        }

        run.IsUp = true;
        Trace.Note(Happening.ServerStarted, server.Id, run.Storage.LastIndex, run.Storage.Snapshot.Index);
        Checker.Started(run);
        AfterTurn(run, LogLoop.Owner);
    }

    private void Prepare(ServerRun run)
    {
        if (HasFaults && Plan.CrashInOperationEvery > 0 && Dice.Chance(0.15))
        {
            (run.CrashIn, run.CrashIsPowerCut) = (Dice.Next(8), Dice.Chance(0.5));
        }

        if (HasFaults && Plan.DiskErrorEvery > 0 && Dice.Chance(0.1))
        {
            run.ErrorIn = Dice.Next(4);
        }

        run.Disk.Capacity = long.MaxValue;
        run.Disk.MaxWrite = Plan.ShortWrites && HasFaults ? Dice.Between(1, 700) : int.MaxValue;
        run.Disk.OnOperation = operation => Operate(run, operation);
        run.Disk.OnRead = _ => Read(run);
    }

    private void Open(ServerRun run)
    {
        var salts = Dice.Fork();
        var storage = new RaftStorageOptions
        {
            Directory = Folder,
            SegmentBytes = Plan.SegmentBytes,
            MemoryBytes = Plan.MemoryBytes,
            TrailingEntries = Plan.TrailingEntries,
            Rules = Options.HostRules,
            Salts = salts.Next64,
        };
        if (IdentityFile.Read(run.Disk, Folder) is null)
        {
            RaftStorage.Initialize(storage, new RaftIdentity("simulation", run.Id), _founders, run.Clock, run.Disk);
        }

        run.Storage = RaftStorage.Open(storage, run.Clock, NullLogger.Instance, run.Disk);
        if (run.Storage.Repair.TornBytes > 0)
        {
            Trace.Note(Happening.TornTailCut, run.Id, (ulong)run.Storage.Repair.TornBytes);
        }

        if (run.Storage.Repair.BadSnapshot > 0)
        {
            Trace.Note(Happening.OlderSnapshotUsed, run.Id, run.Storage.Repair.BadSnapshot);
        }

        var chance = Dice.Fork();
        run.Log = ConsensusLog.Start(
            new ConsensusLogOptions { Storage = storage, Snapshots = new SnapshotSchedule { Entries = Plan.SnapshotEvery, Growth = 0 }, Runner = run.Turns, Tune = Tune },
            run.Storage,
            run.Machine,
            new ServerLink(this, run),
            new ChanceSource(new DiceJitter(chance), chance.Next64(), (run.Server.Runs << 16) | (uint)run.Id),
            run.Clock,
            NullLogger.Instance);
    }

    private RaftOptions Tune(RaftOptions options)
    {
        options = options with { ElectionTicks = Plan.ElectionTicks, HeartbeatTicks = Plan.HeartbeatTicks, Rules = Options.RaftRules };
        return Plan.TightWindows
            ? options with { MaxSizePerMessage = 200, MaxInflightMessages = 3, MaxInflightBytes = 600, MaxAppliedPerReady = 200, MaxUncommittedBytes = 4000 }
            : options;
    }

    private void NotStarted(ServerRun run, Exception e)
    {
        if (run.IsDead)
        {
            return;
        }

        var server = run.Server;
        if (e is LogDamagedException && server.IsFlipped)
        {
            Trace.Note(Happening.DamageFound, server.Id);
            Trace.Note(Happening.Wiped, server.Id);
            (run.IsDead, server.Run, server.IsLost) = (true, null, true);
            return;
        }

        if (!run.HasDiskFailed)
        {
            throw Fail("recovery", $"server {run.Id} does not start: {e}");
        }

        Crash(run, powerCut: false, Happening.RecoveryFailed);
    }

    /// <summary>Before every operation that changes a disk.</summary>
    private void Operate(ServerRun run, string operation)
    {
        if (run.IsDead)
        {
            throw new SimulatedCrashException();
        }

        if (run.CrashIn >= 0 && run.CrashIn-- == 0)
        {
            Crash(run, run.CrashIsPowerCut, Happening.CrashInDiskOperation);
            throw new SimulatedCrashException();
        }

        if (run.ErrorIn >= 0 && run.ErrorIn-- == 0)
        {
            Trace.Note(Happening.DiskError, run.Id);
            run.HasDiskFailed = true;
            throw new IOException("Input/output error", 5);
        }

        if (Plan.ShortWrites && operation == "write")
        {
            Trace.Note(Happening.ShortWrites, run.Id);
        }

        if (run.IsUp && run.Turns.IsOnDisk && HasFaults && Plan.SlowOperation > 0 && Scheduler.Depth < 4 && Dice.Chance(Plan.SlowOperation))
        {
            run.Turns.Linger(Dice.Time(100, 20 * Scheduler.Millisecond));
        }
    }

    private void Read(ServerRun run)
    {
        if (run.IsDead)
        {
            throw new SimulatedCrashException();
        }

        if (!IsLooking && run.ReadErrorIn >= 0 && run.ReadErrorIn-- == 0)
        {
            Trace.Note(Happening.ReadError, run.Id);
            run.HasDiskFailed = true;
            throw new IOException("Input/output error", 5);
        }
    }

    private sealed class DiceJitter(Dice dice) : IJitter
    {
        public int Next(int limit) => dice.Next(limit);
    }
}
