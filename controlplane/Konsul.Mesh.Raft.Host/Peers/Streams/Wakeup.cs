using System.Threading.Channels;

namespace Konsul.Mesh.Raft.Host.Peers.Streams;

/// <summary>Wakes one waiter; wake-ups while nobody waits count as one.</summary>
internal sealed class Wakeup
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _signal.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _signal.Reader.ReadAsync(cancellationToken);

    public void Reset() => _signal.Reader.TryRead(out _);
}
