namespace Konsul.Mesh.Raft.Host;

public enum ProposalRefusal
{
    TooLarge,

    /// <summary>Too many proposals wait.</summary>
    Overloaded,

    DiskFull,

    /// <summary>Not the leader, or shutting down.</summary>
    Unavailable,
}
