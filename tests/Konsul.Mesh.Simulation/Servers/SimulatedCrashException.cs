namespace Konsul.Mesh.Simulation.Servers;

/// <summary>The process has ended in the middle of what it did; what is left of it comes to nothing.</summary>
internal sealed class SimulatedCrashException() : Exception("The process has ended.");
