using System.Security.Cryptography;
using Konsul.Mesh.Raft.Host.Peers.Transfer;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

/// <summary>Snapshots in memory, as source and as sink; what was received stays when a transfer breaks off.</summary>
internal sealed class MemorySnapshots : ISnapshotSource, ISnapshotSink
{
    private int _inside;

    public byte[] Bytes { get; set; } = [];

    public List<byte> Received { get; } = [];

    public List<long> Begun { get; } = [];

    public List<long> Opened { get; } = [];

    public int Completed { get; private set; }

    /// <summary>Two calls at once were seen.</summary>
    public bool Overlapped { get; private set; }

    /// <summary>Runs before a chunk is taken.</summary>
    public Func<long, CancellationToken, Task> BeforeWrite { get; set; } = (_, _) => Task.CompletedTask;

    public Func<Stream, Stream> Wrap { get; set; } = s => s;

    public ValueTask<SnapshotOffer> DescribeAsync(Snapshot snapshot, CancellationToken cancellationToken) =>
        Bytes.Length > 0
            ? ValueTask.FromResult(new SnapshotOffer(snapshot, Bytes.Length, SHA256.HashData(Bytes)))
            : throw new IOException("There is no such snapshot.");

    public ValueTask<Stream> OpenAsync(SnapshotOffer offer, long offset, CancellationToken cancellationToken)
    {
        Opened.Add(offset);
        return ValueTask.FromResult(Wrap(new MemoryStream(Bytes, (int)offset, Bytes.Length - (int)offset)));
    }

    public async ValueTask<long> BeginAsync(ulong from, SnapshotOffer offer, CancellationToken cancellationToken) =>
        await AloneAsync(() =>
        {
            Begun.Add(Received.Count);
            return Task.FromResult((long)Received.Count);
        });

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, uint crc, CancellationToken cancellationToken) =>
        await AloneAsync(async () =>
        {
            await BeforeWrite(offset, cancellationToken);
            Assert.Equal(Received.Count, offset);
            Assert.Equal(Konsul.Mesh.Raft.Host.Format.Checksum.Crc32C(bytes.Span), crc);
            Received.AddRange(bytes.Span);
            return 0;
        });

    public async ValueTask CompleteAsync(CancellationToken cancellationToken) =>
        await AloneAsync(() =>
        {
            Completed++;
            return Task.FromResult(0);
        });

    private async Task<T> AloneAsync<T>(Func<Task<T>> call)
    {
        Overlapped |= Interlocked.Increment(ref _inside) > 1;
        try
        {
            return await call();
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
