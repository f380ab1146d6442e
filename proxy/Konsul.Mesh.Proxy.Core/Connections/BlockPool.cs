using System.Buffers;
using System.Collections.Concurrent;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>
/// Buffers for all connections, in two sizes. Blocks and their owners are reused together, so renting allocates nothing once warm;
/// what is larger than the large size is an array of its own. Keeps at most <see cref="MaxKept"/> blocks of a size.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>What an idle connection holds.</summary>
    public const int SmallBlock = 4 * 1024;

    /// <summary>One TLS record.</summary>
    public const int LargeBlock = 16 * 1024;

    private const int MaxKept = 512;
    private readonly Shelf _small = new(SmallBlock);
    private readonly Shelf _large = new(LargeBlock);

    public static BlockPool Instance { get; } = new();

    public override int MaxBufferSize => Array.MaxLength;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => minBufferSize switch
    {
        <= SmallBlock => _small.Rent(),
        <= LargeBlock => _large.Rent(),
        _ => new Block(null, minBufferSize),
    };

    protected override void Dispose(bool disposing)
    {
        // One instance for the life of the process.
    }

    private sealed class Shelf(int size)
    {
        private readonly ConcurrentQueue<Block> _free = new();
        private int _kept;

        public Block Rent()
        {
            if (!_free.TryDequeue(out var block))
            {
                return new Block(this, size);
            }

            Interlocked.Decrement(ref _kept);
            block.Reuse();
            return block;
        }

        public void Return(Block block)
        {
            if (Interlocked.Increment(ref _kept) > MaxKept)
            {
                Interlocked.Decrement(ref _kept);
                return;
            }

            _free.Enqueue(block);
        }
    }

    private sealed class Block(Shelf? shelf, int size) : IMemoryOwner<byte>
    {
        // Pinned, because sockets would pin it for each operation.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        private int _returned;

        public Memory<byte> Memory => _bytes;

        public void Reuse() => Volatile.Write(ref _returned, 0);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                shelf?.Return(this);
            }
        }
    }
}
