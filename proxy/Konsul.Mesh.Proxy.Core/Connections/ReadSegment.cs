using System.Buffers;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>A block of received bytes in the chain of a <see cref="PrefetchPipeReader"/>.</summary>
internal sealed class ReadSegment : ReadOnlySequenceSegment<byte>
{
    private readonly IMemoryOwner<byte> _owner;

    public ReadSegment(IMemoryOwner<byte> owner) => _owner = owner;

    public int Filled { get; private set; }

    public Memory<byte> Free => _owner.Memory[Filled..];

    public ReadSegment? Following => (ReadSegment?)Next;

    public void Grow(int bytes)
    {
        Filled += bytes;
        Memory = _owner.Memory[..Filled];
    }

    public void Append(ReadSegment next)
    {
        next.RunningIndex = RunningIndex + Filled;
        Next = next;
    }

    public void Release() => _owner.Dispose();
}
