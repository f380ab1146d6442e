namespace Konsul.Mesh.Raft.Host.Peers.Transfer;

/// <summary>Where snapshots are read that go to other servers. Called from any thread.</summary>
public interface ISnapshotSource
{
    /// <summary>What is sent for this snapshot: itself, or a newer one (any that reconnects the log will do).</summary>
    /// <exception cref="IOException">There is none any more.</exception>
    ValueTask<SnapshotOffer> DescribeAsync(Snapshot snapshot, CancellationToken cancellationToken);

    /// <summary>The offered bytes from an offset on; called again after a reconnect. The transport disposes of the stream.</summary>
    /// <exception cref="IOException">It is gone or cannot be read.</exception>
    ValueTask<Stream> OpenAsync(SnapshotOffer offer, long offset, CancellationToken cancellationToken);
}
