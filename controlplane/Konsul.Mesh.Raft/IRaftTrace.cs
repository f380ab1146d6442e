namespace Konsul.Mesh.Raft;

/// <summary>Where a node tells what it does, line by line. Called on the core's thread; it must not call back.</summary>
public interface IRaftTrace
{
    /// <summary>Lines of other levels are not even built.</summary>
    bool IsEnabled(RaftTraceLevel level);

    void Write(RaftTraceLevel level, string line);
}
