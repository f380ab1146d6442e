namespace Konsul.Mesh.Raft;

/// <summary>Something happened that cannot happen while disk and code are sound. The node must stop: its state is not to be trusted.</summary>
public sealed class RaftInvariantException : Exception
{
    public RaftInvariantException()
        : this("A rule of consensus was broken.")
    {
    }

    public RaftInvariantException(string message)
        : base(message)
    {
    }

    public RaftInvariantException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
