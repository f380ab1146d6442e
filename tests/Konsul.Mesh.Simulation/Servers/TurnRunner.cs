using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Simulation.Engine;

namespace Konsul.Mesh.Simulation.Servers;

/// <summary>
/// Takes the turns of one log's loops as events of the scheduler, in place of threads. A loop that waits for another one lets the scheduler go
/// on inside of its turn. Who could come to wait for a loop that is below it on the stack is not let in: that would never end.
/// </summary>
internal sealed class TurnRunner(World world, ServerRun run) : ILoopRunner
{
    /// <summary>The loops and, behind them, the writer of snapshots.</summary>
    private const int SnapshotWriter = 3;

    private readonly Func<bool, bool>?[] _turns = new Func<bool, bool>?[3];
    private readonly bool[] _planned = new bool[3];
    private readonly bool[] _busy = new bool[4];
    private readonly Queue<Action> _work = new();
    private bool _tickPlanned;
    private bool _workPlanned;
    private int _current = -1;

    /// <summary>Whether a loop or the writer is in the middle of a disk operation, or just in front of one.</summary>
    public bool IsOnDisk => _current is (int)LogLoop.Append or SnapshotWriter;

    public bool IsOver(LogLoop loop) => _turns[(int)loop] is null;

    public void Loop(LogLoop loop, Func<bool, bool> turn) => _turns[(int)loop] = turn;

    public void Once(string name, Action work) => _work.Enqueue(work);

    public void Wait(Task task, CancellationToken closing)
    {
        if (!task.IsCompleted)
        {
            world.Trace.Note(Happening.WaitedInside, run.Id);
            Inside(() => task.IsCompleted || closing.IsCancellationRequested);
        }

        if (!task.IsCompleted)
        {
            throw new OperationCanceledException(closing);
        }

        task.GetAwaiter().GetResult();
    }

    public bool Pause(TimeSpan time, CancellationToken closing)
    {
        var end = world.Scheduler.Now + run.Clock.ToVirtual(time);
        world.Scheduler.At(end, () => { });
        Inside(() => world.Scheduler.Now >= end || closing.IsCancellationRequested);
        return !closing.IsCancellationRequested;
    }

    /// <summary>A disk operation takes a while.</summary>
    public void Linger(long time)
    {
        var end = world.Scheduler.Now + time;
        world.Scheduler.At(end, () => { });
        Inside(() => world.Scheduler.Now >= end);
    }

    /// <summary>Takes the last turns of a log that is closing.</summary>
    /// <returns>False when one of the loops is in the middle of a turn.</returns>
    public bool Finish()
    {
        if (_busy.Contains(true))
        {
            return false;
        }

        for (var loop = LogLoop.Owner; loop <= LogLoop.Apply; loop++)
        {
            while (_turns[(int)loop] is { } turn && Busy((int)loop, () => turn(false)))
            {
            }

            _turns[(int)loop] = null;
        }

        return true;
    }

    /// <summary>To be called after anything that may have given a loop something to do.</summary>
    public void Wake()
    {
        if (run.IsDead || !run.IsUp)
        {
            return;
        }

        for (var loop = LogLoop.Owner; loop <= LogLoop.Apply; loop++)
        {
            if (!_planned[(int)loop] && !IsBlocked((int)loop) && _turns[(int)loop] is not null && run.Log.WaitingFor(loop) > 0)
            {
                Plan(loop);
            }
        }

        PlanTick();
        if (_work.Count > 0 && !_workPlanned)
        {
            _workPlanned = true;
            world.Scheduler.After(world.Dice.Time(0, 2 * Scheduler.Millisecond), DoWork);
        }
    }

    private void Plan(LogLoop loop)
    {
        _planned[(int)loop] = true;
        var now = world.Scheduler.Now;
        var (delay, until) = loop switch
        {
            LogLoop.Owner => (world.Dice.Time(0, 500), 0),
            LogLoop.Append => (world.Dice.Time(10, world.Plan.MaxSyncMicroseconds * 10), run.DiskStalledUntil),
            _ => (world.Dice.Time(0, 2000), run.ApplyStalledUntil),
        };
        world.Scheduler.At(Math.Max(now + delay, Math.Max(until, run.PausedUntil)), () =>
        {
            _planned[(int)loop] = false;
            Turn(loop);
        });
    }

    private void PlanTick()
    {
        if (_tickPlanned || _turns[(int)LogLoop.Owner] is null)
        {
            return;
        }

        _tickPlanned = true;
        var at = world.Scheduler.Now + run.Clock.ToVirtual(run.Log.UntilNextTick());
        world.Scheduler.At(Math.Max(at, run.PausedUntil), () =>
        {
            _tickPlanned = false;
            if (!run.IsDead && run.Log.UntilNextTick() <= TimeSpan.Zero)
            {
                Turn(LogLoop.Owner);
            }
            else
            {
                Wake();
            }
        });
    }

    private void Turn(LogLoop loop)
    {
        if (run.IsDead || _turns[(int)loop] is not { } turn)
        {
            return;
        }

        if (run.PausedUntil > world.Scheduler.Now)
        {
            Plan(loop);
            return;
        }

        if (IsBlocked((int)loop))
        {
            return;
        }

        world.Trace.Note(Happening.OwnerTurn + (int)loop, run.Id);
        if (!Busy((int)loop, () => turn(false)))
        {
            _turns[(int)loop] = null;
        }

        world.AfterTurn(run, loop);
    }

    private void DoWork()
    {
        _workPlanned = false;
        if (run.IsDead)
        {
            return;
        }

        if (IsBlocked(SnapshotWriter) || run.PausedUntil > world.Scheduler.Now)
        {
            _workPlanned = true;
            world.Scheduler.At(Math.Max(run.PausedUntil, world.Scheduler.Now + Scheduler.Millisecond), DoWork);
            return;
        }

        var work = _work.Dequeue();
        world.Trace.Note(Happening.SnapshotTaken, run.Id);
        Busy(SnapshotWriter, () =>
        {
            work();
            return true;
        });
        world.AfterTurn(run, LogLoop.Append);
    }

    private bool Busy(int who, Func<bool> work)
    {
        var before = _current;
        (_current, _busy[who]) = (who, true);
        try
        {
            return work();
        }
        finally
        {
            (_current, _busy[who]) = (before, false);
        }
    }

    /// <summary>The append loop waits for the apply loop, the writer of snapshots for the append loop, the apply loop for the owner, who never waits.</summary>
    private bool IsBlocked(int who) => _busy[who] || who switch
    {
        (int)LogLoop.Append => _busy[(int)LogLoop.Apply],
        SnapshotWriter => _busy[(int)LogLoop.Append] || _busy[(int)LogLoop.Apply],
        _ => false,
    };

    private void Inside(Func<bool> holds)
    {
        Wake();
        var before = _current;
        _current = -1;
        world.Scheduler.RunUntil(() => run.IsDead || holds());
        _current = before;
        if (run.IsDead)
        {
            throw new SimulatedCrashException();
        }
    }
}
