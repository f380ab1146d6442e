using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

/// <summary>A disk that fails while nothing is being written.</summary>
public sealed class DiskFailureTests
{
    /// <summary>A server that only waits for a snapshot has nothing to append: its dead storage went unnoticed, and it refused snapshots for ever.</summary>
    [Fact]
    public async Task DiskError_WhileASnapshotComesIn_StopsTheLog()
    {
        var disk = StorageFixture.NewDisk();
        var storage = StorageFixture.Open(disk);
        await using var log = ConsensusLog.Start(
            new ConsensusLogOptions { Storage = StorageFixture.Options },
            storage, new RecordingMachine(), new NoPeers(), ChanceSource.System(), TimeProvider.System, NullLogger.Instance);
        var (offer, _) = StorageFixture.Foreign(10, 2, "state");
        disk.OnOperation = _ => throw new IOException("Input/output error", 5);

        Assert.ThrowsAny<Exception>(() => storage.BeginReceive(offer));

        var stopped = await Assert.ThrowsAsync<LogStoppedException>(() => log.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("Input/output error", stopped.Message, StringComparison.Ordinal);
    }

    private sealed class NoPeers : IPeerLink
    {
        public void Send(Message message)
        {
        }

        public Task<ReadOnlyMemory<byte>> CallAsync(ulong node, CallKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
            throw new PeerCallException(PeerCallError.Unreachable, "There is nobody else.");
    }
}
