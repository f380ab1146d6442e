namespace Konsul.Mesh.TestKit.Processes;

/// <summary>A program ended that something waits for; the message holds its exit code and last lines.</summary>
public sealed class ProgramEndedException(string message) : Exception(message);
