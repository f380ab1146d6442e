namespace Konsul.Mesh.Simulation.Engine;

/// <summary>
/// Everything that happens in a simulated world, one event after the other in virtual time; what is due at the same moment comes in an order
/// that the dice give. An event may wait in its middle for others: they run inside of it.
/// </summary>
internal sealed class Scheduler(Dice dice, long maxSteps)
{
    /// <summary>Of virtual time, which is counted as in TimeSpan.</summary>
    public const long Millisecond = TimeSpan.TicksPerMillisecond;

    public const long Second = TimeSpan.TicksPerSecond;

    private readonly PriorityQueue<Action, (long Time, ulong Order)> _events = new();
    private uint _count;

    public long Now { get; private set; }

    public long Steps { get; private set; }

    /// <summary>How many events wait in their middle.</summary>
    public int Depth { get; private set; }

    /// <summary>Somebody has found what may not be: nothing happens any more.</summary>
    public ViolationException? Failure { get; set; }

    public void At(long time, Action work) =>
        _events.Enqueue(work, (Math.Max(time, Now), (dice.Next64() & 0xFFFFFFFF00000000) | ++_count));

    public void After(long delay, Action work) => At(Now + delay, work);

    /// <exception cref="ViolationException">There were too many: the world does not come to rest.</exception>
    public void RunOne()
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        if (Steps >= maxSteps)
        {
            throw new ViolationException("liveness", $"after {Steps} steps the world has not come to rest");
        }

        if (!_events.TryDequeue(out var work, out var key))
        {
            throw new ViolationException("liveness", "nothing will ever happen any more");
        }

        Steps++;
        Now = key.Time;
        work();
    }

    /// <summary>Runs what comes until a condition holds; for the main line, and for events that wait in their middle.</summary>
    public void RunUntil(Func<bool> holds)
    {
        Depth++;
        try
        {
            while (!holds())
            {
                RunOne();
            }
        }
        finally
        {
            Depth--;
        }
    }
}
