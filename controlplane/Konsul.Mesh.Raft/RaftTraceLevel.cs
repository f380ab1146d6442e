namespace Konsul.Mesh.Raft;

/// <summary>How much a line of the trace matters.</summary>
public enum RaftTraceLevel
{
    Debug,
    Info,
    Warning,
    Error,
}
