namespace Konsul.Mesh.Raft.Host;

/// <summary>The log has stopped for good; the process should end and start again from what is durable.</summary>
public sealed class LogStoppedException : Exception
{
    public LogStoppedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
