using System.Globalization;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Machine;
using Konsul.Mesh.Simulation.Servers;
using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.Simulation.Traffic;

/// <summary>Does one thing after the other, each at any server, and writes down what it was told.</summary>
internal sealed class Client(World world, int number)
{
    private const long Patience = 3 * Scheduler.Second;
    private readonly Dictionary<string, string?> _lastSeen = [];
    private int _left = world.Plan.OperationsPerClient;

    public bool IsDone => _left == 0;

    /// <summary>What it did; of what is not in it, it is certain that it did not happen.</summary>
    public List<Operation<KeyValueInput, KeyValueOutput>> History { get; } = [];

    public void Think() => world.Scheduler.After(world.Dice.Time(0, 2 * world.Plan.ThinkMilliseconds * Scheduler.Millisecond), Act);

    public void Stop() => _left = 0;

    /// <summary>Looks whether the answer has come.</summary>
    public void Look(ServerRun run, ClientCall call)
    {
        if (call.IsOver || !call.IsAnswered)
        {
            return;
        }

        call.IsOver = true;
        if (call.Read is { } read)
        {
            ReadEnded(run, call, read);
        }
        else
        {
            WriteEnded(run, call, call.Write!);
        }

        Think();
    }

    /// <summary>The server has died, or the patience ended: nothing will ever be known.</summary>
    public void GiveUp(ClientCall call)
    {
        if (!call.IsOver)
        {
            call.IsOver = true;
            Unknown(call);
            Think();
        }
    }

    private void Act()
    {
        if (_left == 0)
        {
            return;
        }

        // One that was removed may believe to be a member for a while; whoever knows that it is none is asked in troubled times only.
        var running = world.Running.Where(r => world.HasFaults || r.IsMember).ToList();
        if (running.Count == 0)
        {
            Think();
            return;
        }

        _left--;
        Begin(world.Dice.Of(running));
    }

    private void Begin(ServerRun run)
    {
        var key = "k" + world.Dice.Next(world.Plan.Keys).ToString(CultureInfo.InvariantCulture);
        var write = world.NextNumber();
        var value = write.ToString(CultureInfo.InvariantCulture);
        var input = world.Dice.Next(10) switch
        {
            < 4 => KeyValueInput.Get(key),
            < 6 => KeyValueInput.Put(key, value),
            < 8 => KeyValueInput.Append(key, "," + value),
            _ => KeyValueInput.CompareAndSet(key, _lastSeen.GetValueOrDefault(key), value),
        };
        var isRead = input.Action == KeyValueAction.Get;
        var call = new ClientCall(this, isRead ? 0 : write, input, world.Scheduler.Steps, world.Checker.NewestAcknowledged);
        if (isRead)
        {
            call.Read = run.Log.ReadBarrierAsync().AsTask();
        }
        else
        {
            call.Write = run.Log.ProposeAsync(new KvCommand(write, input.Action, key, input.Value!, input.Expected).Encode()).AsTask();
        }

        run.Calls.Add(call);
        run.Turns.Wake();
        world.Scheduler.After(Patience, () =>
        {
            if (!call.IsOver)
            {
                world.Trace.Note(Happening.WriteTimedOut, run.Id, call.Number);
                run.Calls.Remove(call);
                GiveUp(call);
            }
        });
        world.LookAtCalls(run);
    }

    private void ReadEnded(ServerRun run, ClientCall call, Task<ulong> read)
    {
        if (!read.IsCompletedSuccessfully)
        {
            _ = read.Exception;
            world.Trace.Note(Happening.ReadFailed, run.Id);
            return;
        }

        var index = read.GetAwaiter().GetResult();
        world.Checker.ReadAnswered(call.AtLeast, index, run);
        var value = run.Machine.Get(call.Input.Key);
        _lastSeen[call.Input.Key] = value;
        world.Trace.Note(run.Log.Driver.IsLeader ? Happening.ReadAnswered : Happening.ReadAtFollower, run.Id, index, run.Machine.Hash);
        History.Add(new(number, call.Input, call.Step, KeyValueOutput.Got(value), world.Scheduler.Steps));
    }

    private void WriteEnded(ServerRun run, ClientCall call, Task<Committed> write)
    {
        if (write.IsCompletedSuccessfully)
        {
            var committed = write.GetAwaiter().GetResult();
            world.Checker.Acknowledged(call.Number, committed);
            var swapped = (bool)committed.Result!;
            world.Trace.Note(swapped ? Happening.WriteAcknowledged : Happening.SwapDiffered, run.Id, committed.Index, call.Number);
            var output = call.Input.Action == KeyValueAction.CompareAndSet ? KeyValueOutput.CompareAndSet(swapped) : KeyValueOutput.Done;
            History.Add(new(number, call.Input, call.Step, output, world.Scheduler.Steps));
            return;
        }

        var failure = write.Exception!.InnerException!;
        if (failure is ProposalRefusedException { Refusal: ProposalRefusal.NoLeader or ProposalRefusal.Overloaded or ProposalRefusal.TooLarge })
        {
            world.Trace.Note(Happening.WriteRefused, run.Id, call.Number);
            world.Checker.Refused(call.Number, failure.Message);
            return;
        }

        if (failure is not (ProposalRefusedException or TimeoutException or LogStoppedException))
        {
            throw world.Fail("outcome", $"a client is told {failure}");
        }

        Unknown(call);
    }

    private void Unknown(ClientCall call)
    {
        if (call.Number != 0)
        {
            world.Trace.Note(Happening.WriteUnknown, 0, call.Number);
            History.Add(new(number, call.Input, call.Step));
        }
    }
}
