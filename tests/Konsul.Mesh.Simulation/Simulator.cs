namespace Konsul.Mesh.Simulation;

/// <summary>Runs worlds.</summary>
internal static class Simulator
{
    /// <summary>One seed, on the calling thread.</summary>
    public static SimulationResult Run(SimulationOptions options)
    {
        var world = new World(options);
        ViolationException? violation = null;
        try
        {
            world.Run();
        }
        catch (ViolationException e)
        {
            violation = world.Scheduler.Failure ?? e;
        }
        catch (Exception e)
        {
            violation = new ViolationException("crash", e.ToString());
        }

        violation ??= world.Scheduler.Failure;
        return new SimulationResult(
            options.Seed,
            world.Scheduler.Steps,
            world.Trace.Hash,
            violation,
            world.Trace.Counts,
            world.Trace.Messages,
            violation is null ? [] : [.. world.Trace.Newest()],
            world.Verdict);
    }
}
