namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>What a connection between two servers carries; each kind has its own, so that none waits behind another. The numbers are the ones on the wire.</summary>
public enum StreamClass : byte
{
    /// <summary>Heartbeats, votes, acknowledgements, reads: small and urgent.</summary>
    Control = 1,

    /// <summary>Entries.</summary>
    Bulk = 2,

    /// <summary>One snapshot.</summary>
    Snapshot = 3,

    /// <summary>Requests with answers.</summary>
    Call = 4,
}
