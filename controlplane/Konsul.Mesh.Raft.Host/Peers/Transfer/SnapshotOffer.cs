namespace Konsul.Mesh.Raft.Host.Peers.Transfer;

/// <summary>A snapshot that one server has and another needs.</summary>
/// <param name="Snapshot">What it stands for.</param>
/// <param name="Length">Bytes; more than 0.</param>
/// <param name="Hash">SHA-256 of all of them. Two snapshots with the same index, term and hash are the same bytes, whoever sends them.</param>
public sealed record SnapshotOffer(Snapshot Snapshot, long Length, ReadOnlyMemory<byte> Hash)
{
    /// <summary>Bytes of <see cref="Hash"/>.</summary>
    public const int HashSize = 32;
}
