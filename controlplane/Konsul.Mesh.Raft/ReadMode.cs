namespace Konsul.Mesh.Raft;

/// <summary>How a leader makes sure that it still leads before it answers a read.</summary>
public enum ReadMode
{
    /// <summary>A round of heartbeats, shared by all reads that wait.</summary>
    Quorum,

    /// <summary>While a majority answered heartbeats sent within the last lease, at once; otherwise as <see cref="Quorum"/>. Needs CheckQuorum on every
    /// node and clocks that do not drift by more than the margin.</summary>
    Lease,
}
