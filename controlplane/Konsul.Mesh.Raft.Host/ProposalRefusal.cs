namespace Konsul.Mesh.Raft.Host;

public enum ProposalRefusal
{
    TooLarge,

    /// <summary>Too many proposals wait.</summary>
    Overloaded,

    DiskFull,

    /// <summary>Shutting down.</summary>
    Unavailable,

    /// <summary>Nobody leads, and no election can succeed just now; or the outcome is not known because the leader was lost for too long.</summary>
    NoLeader,
}
