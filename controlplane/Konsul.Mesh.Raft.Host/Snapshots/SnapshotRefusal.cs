namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>Why an offered snapshot or one of its chunks was not taken.</summary>
public enum SnapshotRefusal
{
    /// <summary>It is of another cluster.</summary>
    OtherCluster,

    /// <summary>The offer makes no sense: no index, an impossible length or hash.</summary>
    Malformed,

    /// <summary>The snapshot is over the limit.</summary>
    TooLarge,

    /// <summary>This node is already as far.</summary>
    Stale,

    /// <summary>The chunk is empty, over the limit, or reaches beyond the snapshot.</summary>
    BadChunk,

    /// <summary>The chunk does not start where the last one ended; send from <see cref="SnapshotRefusedException.Offset"/>.</summary>
    WrongOffset,

    /// <summary>The chunk's checksum does not match; send it again.</summary>
    BadChecksum,

    /// <summary>Chunks are missing.</summary>
    Incomplete,

    /// <summary>The whole is not what was offered; what was received is deleted, start at 0.</summary>
    WrongHash,
}
