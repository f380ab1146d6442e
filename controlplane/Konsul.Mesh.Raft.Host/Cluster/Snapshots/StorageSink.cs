using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers.Transfer;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;

namespace Konsul.Mesh.Raft.Host.Cluster.Snapshots;

/// <summary>Puts a snapshot of another server into the storage. The transport makes one call at a time.</summary>
internal sealed class StorageSink(Func<RaftStorage?> storage, Func<ConsensusLog> log) : ISnapshotSink
{
    private SnapshotReceiver? _receiver;
    private bool _nothingIsNew;

    public ValueTask<long> BeginAsync(ulong from, Peers.Transfer.SnapshotOffer offer, CancellationToken cancellationToken)
    {
        _receiver?.Dispose();
        _receiver = null;
        var target = storage() ?? throw new IOException("This server has no log yet.");
        _nothingIsNew = offer.Snapshot.Index <= target.Snapshot.Index && target.Rules.HasFlag(HostRules.AnswerStaleSnapshot);
        if (_nothingIsNew)
        {
            // The sender knows less of this server than it could: not the bytes but the message makes consensus tell how far it is. A refusal would
            // be followed by the same offer for ever.
            return ValueTask.FromResult(offer.Length);
        }

        if (log().HasReceived)
        {
            // Its file would be taken for a leftover of another offer.
            throw new IOException("The snapshot before this one is still being taken over.");
        }

        var saved = new SavedSnapshot(offer.Snapshot, offer.Length, Convert.ToHexStringLower(offer.Hash.Span));
        _receiver = target.BeginReceive(new Host.Snapshots.SnapshotOffer(target.Identity.ClusterId, saved));
        return ValueTask.FromResult(_receiver.Offset);
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, uint crc, CancellationToken cancellationToken)
    {
        // The transport's checksum lacks the final inversion that the storage wants.
        Receiver.Write(offset, bytes.Span, ~crc);
        return ValueTask.CompletedTask;
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (_nothingIsNew)
        {
            return ValueTask.CompletedTask;
        }

        log().Received(Receiver.Complete());
        Receiver.Dispose();
        _receiver = null;
        return ValueTask.CompletedTask;
    }

    private SnapshotReceiver Receiver => _receiver ?? throw new IOException("No snapshot is on its way.");
}
