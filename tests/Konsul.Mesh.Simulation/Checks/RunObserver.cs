using Konsul.Mesh.Simulation.Machine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Checks;

/// <summary>Passes on what happens to a run's state machine, while the run lives.</summary>
internal sealed class RunObserver(World world, ServerRun run) : IMachineObserver
{
    public void Applied(ulong before, ulong index, KvCommand command, ulong hash)
    {
        if (!run.IsDead)
        {
            world.Checker.Applied(run, before, index, command, hash);
        }
    }

    public void Restored(ulong index, ulong hash)
    {
        if (!run.IsDead)
        {
            world.Checker.Restored(run, index, hash);
        }
    }
}
