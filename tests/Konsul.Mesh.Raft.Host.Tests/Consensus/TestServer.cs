using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

/// <summary>One member on a real directory, started and stopped at will.</summary>
internal sealed class TestServer(ulong id, string directory, ConfState founders, MemoryPeers network, int snapshotEvery) : IAsyncDisposable
{
    private RaftStorage? _storage;

    public ulong Id => id;

    public ConsensusLog Log { get; private set; } = null!;

    public RecordingMachine Machine { get; private set; } = null!;

    /// <summary>Set before the start, to have a disk that fails.</summary>
    public ILogFileSystem Files { get; set; } = new PosixFileSystem();

    public RaftMetrics Metrics { get; } = new();

    public bool IsLeader => Log.Status.Role == LogRole.Leader;

    public void Start()
    {
        var options = new RaftStorageOptions { Directory = directory, SegmentBytes = 1024 * 1024, TrailingEntries = 8, OnSync = Metrics.Synced };
        if (RaftStorage.ReadIdentity(directory) is null)
        {
            RaftStorage.Initialize(options, new RaftIdentity("test", id), founders, TimeProvider.System);
        }

        Machine = new RecordingMachine();
        _storage = RaftStorage.Open(options, TimeProvider.System, NullLogger.Instance, Files);
        Log = ConsensusLog.Start(
            new ConsensusLogOptions { Storage = options, Snapshots = new SnapshotSchedule { Entries = snapshotEvery, Growth = 0 }, Metrics = Metrics },
            _storage, Machine, network.LinkOf(id), ChanceSource.System(), TimeProvider.System, NullLogger.Instance);
        network.Join(this);
    }

    public async Task StopAsync()
    {
        network.Leave(id);
        await Log.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Log is not null)
        {
            await StopAsync();
        }

        Metrics.Dispose();
    }

    public SnapshotReader? OpenSnapshot() => _storage!.OpenSnapshot();

    /// <summary>As the transport's receiver does: chunks into a file, then the message.</summary>
    public bool Take(SnapshotReader snapshot, Message message)
    {
        try
        {
            using var receiver = _storage!.BeginReceive(new SnapshotOffer("test", snapshot.Saved));
            var chunk = new byte[64 * 1024];
            while (!receiver.IsFull)
            {
                var read = snapshot.ReadChunk(receiver.Offset, chunk, out var crc);
                receiver.Write(receiver.Offset, chunk.AsSpan(0, read), crc);
            }

            Log.Received(receiver.Complete());
            Log.OnMessage(message);
            return true;
        }
        catch (SnapshotRefusedException)
        {
            return false;
        }
    }
}
