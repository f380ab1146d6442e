using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Traffic;

/// <summary>One server's way to the others.</summary>
internal sealed class ServerLink(World world, ServerRun run) : IPeerLink
{
    public void Send(Message message) => world.Network.Send(run, message);

    /// <summary>Its task ends on the scheduler, and what waits for it goes on at once.</summary>
    public Task<ReadOnlyMemory<byte>> CallAsync(ulong node, CallKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<ReadOnlyMemory<byte>>();
        cancellationToken.Register(() => done.TrySetCanceled(cancellationToken));
        world.Trace.Note(Happening.ForwardSent, run.Id, node, (ulong)body.Length);
        if (world.RunOf(node) is null || world.Network.IsCut(run.Id, node))
        {
            // Half of the time nothing tells.
            if (world.Dice.Chance(0.5))
            {
                After(() => done.TrySetException(new PeerCallException(PeerCallError.Unreachable, "There is no way to it.")));
            }

            return done.Task;
        }

        world.Scheduler.After(world.Network.Delay(), () => Arrive(node, body, done));
        return done.Task;
    }

    private void Arrive(ulong node, ReadOnlyMemory<byte> body, TaskCompletionSource<ReadOnlyMemory<byte>> done)
    {
        if (world.RunOf(node) is not { } target || IsLost(run.Id, node))
        {
            world.Trace.Note(Happening.ForwardLost, run.Id, node);
            Break(done);
            return;
        }

        try
        {
            target.Log.OnForward(body, outcome => After(() => Answer(node, outcome, done)));
        }
        catch (Exception e) when (e is Raft.Host.LogStoppedException)
        {
            Break(done);
        }

        target.Turns.Wake();
    }

    private void Answer(ulong node, ForwardOutcome outcome, TaskCompletionSource<ReadOnlyMemory<byte>> done)
    {
        if (IsLost(node, run.Id))
        {
            world.Trace.Note(Happening.ForwardAnswerLost, run.Id, node);
            Break(done);
            return;
        }

        world.Trace.Note(Happening.ForwardAnswered, run.Id, node, (ulong)outcome);
        Finish(() => done.TrySetResult(new[] { (byte)outcome }));
    }

    private bool IsLost(ulong from, ulong to) =>
        world.Network.IsCut(from, to) || (world.Network.HasFaults && world.Dice.Chance(world.Plan.ForwardLoss));

    /// <summary>The caller learns that the connection broke, or only its own time limit ends the call.</summary>
    private void Break(TaskCompletionSource<ReadOnlyMemory<byte>> done)
    {
        if (world.Dice.Chance(0.7))
        {
            After(() => done.TrySetException(new PeerCallException(PeerCallError.ConnectionLost, "The answer was lost.")));
        }
    }

    private void After(Action work) => world.Scheduler.After(world.Network.Delay(), () => Finish(work));

    private void Finish(Action work)
    {
        if (!run.IsDead)
        {
            work();
            run.Turns.Wake();
        }
    }
}
