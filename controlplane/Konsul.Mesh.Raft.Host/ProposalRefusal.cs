namespace Konsul.Mesh.Raft.Host;

public enum ProposalRefusal
{
    TooLarge,

    /// <summary>Too many proposals wait.</summary>
    Overloaded,

    DiskFull,

    /// <summary>Shutting down.</summary>
    Unavailable,

    /// <summary>Nobody leads, and no election can succeed just now.</summary>
    NoLeader,
}
