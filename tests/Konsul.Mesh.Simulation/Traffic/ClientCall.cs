using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.Simulation.Traffic;

/// <summary>What a client waits for at one server.</summary>
/// <param name="Client">Who.</param>
/// <param name="Number">Of the write; 0 for a read.</param>
/// <param name="Input">What is asked.</param>
/// <param name="Step">When it was called.</param>
/// <param name="AtLeast">The newest write that any client knew of then.</param>
internal sealed record ClientCall(Client Client, ulong Number, KeyValueInput Input, long Step, ulong AtLeast)
{
    public Task<Committed>? Write { get; set; }

    public Task<ulong>? Read { get; set; }

    public bool IsOver { get; set; }

    public bool IsAnswered => Write?.IsCompleted ?? Read!.IsCompleted;
}
