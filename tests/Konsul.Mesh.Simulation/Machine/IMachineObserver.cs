namespace Konsul.Mesh.Simulation.Machine;

/// <summary>Sees what happens to one server's state machine.</summary>
internal interface IMachineObserver
{
    /// <param name="before">Index of the command before.</param>
    /// <param name="index">Of this one.</param>
    /// <param name="command">What was done.</param>
    /// <param name="hash">Of the content after it.</param>
    void Applied(ulong before, ulong index, KvCommand command, ulong hash);

    void Restored(ulong index, ulong hash);
}
