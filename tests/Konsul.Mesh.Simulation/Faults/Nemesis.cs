using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Faults;

/// <summary>Brings the troubles of the plan, each kind at its own times.</summary>
internal sealed class Nemesis(World world)
{
    private readonly Dice _dice = world.Dice;

    public void Start()
    {
        var plan = world.Plan;
        Repeat(plan.PartitionEvery, Partition);
        Repeat(plan.OneWayEvery, CutOneWay);
        Repeat(plan.FlapEvery, Flap);
        Repeat(plan.KillEvery, () => OnRunning(run => world.Crash(run, powerCut: false, Happening.Killed)));
        Repeat(plan.PowerCutEvery, CutPower);
        Repeat(plan.CloseEvery, () => OnRunning(world.Close));
        Repeat(plan.CrashInOperationEvery, () => OnRunning(ArmCrash));
        Repeat(plan.DiskErrorEvery, () => OnRunning(run => run.ErrorIn = _dice.Next(6)));
        Repeat(plan.ReadErrorEvery, () => OnRunning(run => run.ReadErrorIn = _dice.Next(3)));
        Repeat(plan.DiskFullEvery, () => OnRunning(FillDisk));
        Repeat(plan.FlipEvery, FlipBit);
        Repeat(plan.PauseEvery, () => OnRunning(Pause));
        if (plan.DiskStall > 0 || plan.ApplyStall > 0)
        {
            Repeat(300, Stall);
        }
    }

    private void Repeat(int milliseconds, Action trouble)
    {
        if (milliseconds == 0)
        {
            return;
        }

        world.Scheduler.After(Time(milliseconds), () =>
        {
            if (world.HasFaults)
            {
                trouble();
                Repeat(milliseconds, trouble);
            }
        });
    }

    private long Time(int milliseconds) => _dice.Time(1, 3 * milliseconds * Scheduler.Millisecond);

    private void Later(long time, Action work) => world.Scheduler.After(time, () =>
    {
        if (world.HasFaults)
        {
            work();
        }
    });

    private void OnRunning(Action<ServerRun> trouble)
    {
        var running = world.Running.ToList();
        if (running.Count > 0)
        {
            trouble(_dice.Of(running));
        }
    }

    private void Partition()
    {
        world.Network.Heal();
        var side = world.Servers.Where(_ => _dice.Chance(0.5)).Select(s => s.Id).ToHashSet();
        var isNoticed = _dice.Chance(0.3);
        world.Trace.Note(Happening.Partitioned, 0, (ulong)side.Count, (ulong)world.Servers.Count);
        foreach (var a in side)
        {
            foreach (var b in world.Servers.Where(s => !side.Contains(s.Id)))
            {
                world.Network.Cut(a, b.Id);
                world.Network.Cut(b.Id, a);
                if (isNoticed)
                {
                    world.Network.Break(a, b.Id, isNoticed: true);
                }
            }
        }

        Later(_dice.Time(50 * Scheduler.Millisecond, 3 * Scheduler.Second), Heal);
    }

    private void CutOneWay()
    {
        var (from, to) = (_dice.Of(world.Servers).Id, _dice.Of(world.Servers).Id);
        if (from != to)
        {
            world.Trace.Note(Happening.OneWayPartitioned, from, to);
            world.Network.Cut(from, to);
            Later(_dice.Time(50 * Scheduler.Millisecond, 3 * Scheduler.Second), Heal);
        }
    }

    private void Heal()
    {
        world.Trace.Note(Happening.Healed, 0);
        world.Network.Heal();
    }

    /// <summary>The connections between two servers end, with what was on its way.</summary>
    private void Flap()
    {
        var (a, b) = (_dice.Of(world.Servers).Id, _dice.Of(world.Servers).Id);
        if (a != b)
        {
            world.Trace.Note(Happening.LinkFlapped, a, b);
            world.Network.Break(a, b, isNoticed: true);
        }
    }

    private void CutPower()
    {
        // One supply may feed them all.
        if (_dice.Chance(0.2))
        {
            world.Running.ToList().ForEach(run => world.Crash(run, powerCut: true, Happening.PowerCut));
        }
        else
        {
            OnRunning(run => world.Crash(run, powerCut: true, Happening.PowerCut));
        }
    }

    private void ArmCrash(ServerRun run) => (run.CrashIn, run.CrashIsPowerCut) = (_dice.Next(12), _dice.Chance(0.6));

    private void FillDisk(ServerRun run)
    {
        world.Trace.Note(Happening.DiskFull, run.Id);
        run.HasBeenFull = true;
        run.Disk.Capacity = run.Disk.Used + _dice.Next(3000);
        var full = run.Disk;
        world.Scheduler.After(_dice.Time(100 * Scheduler.Millisecond, 3 * Scheduler.Second), () => full.Capacity = long.MaxValue);
    }

    private void Pause(ServerRun run)
    {
        world.Trace.Note(Happening.Paused, run.Id);
        run.PausedUntil = world.Scheduler.Now + _dice.Time(20 * Scheduler.Millisecond, 2 * Scheduler.Second);
        world.Scheduler.At(run.PausedUntil, run.Turns.Wake);
    }

    private void Stall() => OnRunning(run =>
    {
        var until = world.Scheduler.Now + _dice.Time(20 * Scheduler.Millisecond, 1500 * Scheduler.Millisecond);
        if (_dice.Chance(world.Plan.DiskStall * 20))
        {
            world.Trace.Note(Happening.DiskStall, run.Id);
            run.DiskStalledUntil = until;
        }

        if (_dice.Chance(world.Plan.ApplyStall * 20))
        {
            world.Trace.Note(Happening.ApplyStall, run.Id);
            run.ApplyStalledUntil = until;
        }
    });

    /// <summary>In an older segment or a snapshot of a server that is down. Only when the cluster can do without that server for ever.</summary>
    private void FlipBit()
    {
        var down = world.Servers.Where(s => s is { Run: null, IsLost: false, IsRetired: false, IsFlipped: false }).ToList();
        if (down.Count == 0 || !world.Operator.CanLose(down[0].Id))
        {
            return;
        }

        var server = down[0];
        var segments = server.Disk.Names.Where(n => SegmentFile.TryParse(n, out _)).ToList();
        var names = segments.Take(segments.Count - 1).Concat(server.Disk.Names.Where(n => SnapshotFile.TryParse(n, out _))).ToList();
        if (names.Count == 0)
        {
            return;
        }

        var file = server.Disk[_dice.Of(names)];
        if (file.Length > 0)
        {
            var at = _dice.Next((int)file.Length);
            file.Flip(at, _dice.Next(8));
            server.IsFlipped = true;
            world.Trace.Note(Happening.BitFlipped, server.Id, (ulong)at);
        }
    }
}
