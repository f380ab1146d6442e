using Konsul.Mesh.Raft.Host.Peers.Transfer;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;

namespace Konsul.Mesh.Raft.Host.Cluster.Snapshots;

/// <summary>Gives the newest snapshot of the storage to other servers.</summary>
internal sealed class StorageSource(Func<RaftStorage?> storage) : ISnapshotSource
{
    public ValueTask<Peers.Transfer.SnapshotOffer> DescribeAsync(Snapshot snapshot, CancellationToken cancellationToken)
    {
        using var reader = Open();
        var (meta, length, hash) = reader.Saved;
        return ValueTask.FromResult(new Peers.Transfer.SnapshotOffer(meta, length, Convert.FromHexString(hash)));
    }

    public ValueTask<Stream> OpenAsync(Peers.Transfer.SnapshotOffer offer, long offset, CancellationToken cancellationToken)
    {
        var reader = Open();
        if (reader.Saved.Meta.Index != offer.Snapshot.Index)
        {
            reader.Dispose();
            throw new IOException($"The snapshot at {offer.Snapshot.Index} is gone, a newer one took its place.");
        }

        return ValueTask.FromResult<Stream>(new ContentStream(reader, offset));
    }

    private SnapshotReader Open() => storage()?.OpenSnapshot() ?? throw new IOException("There is no snapshot.");
}
