namespace Konsul.Mesh.Raft.Host.Peers.Transfer;

/// <summary>
/// Where snapshots of other servers are put. One transfer at a time, and no two calls at once: a Begin ends whatever was going on before, without
/// a word, and should keep its bytes so that it can resume. Any exception ends the transfer, and the sender is told that it failed.
/// </summary>
public interface ISnapshotSink
{
    /// <summary>A server offers a snapshot. It may be one that was completed already: the sender did not hear of it.</summary>
    /// <returns>Where to go on: the bytes of this very snapshot that are here already, 0 to its length.</returns>
    ValueTask<long> BeginAsync(ulong from, SnapshotOffer offer, CancellationToken cancellationToken);

    /// <summary>The bytes that follow those before.</summary>
    /// <param name="offset">Of the first.</param>
    /// <param name="bytes">Valid until the returned task is done.</param>
    /// <param name="crc">CRC-32C of them as the sender computed it (without final inversion, as in the log); it was compared on arrival.</param>
    /// <param name="cancellationToken">The transfer is over.</param>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, uint crc, CancellationToken cancellationToken);

    /// <summary>All bytes are there: check the whole hash and make it durable. The core hears of the snapshot after this.</summary>
    ValueTask CompleteAsync(CancellationToken cancellationToken);
}
