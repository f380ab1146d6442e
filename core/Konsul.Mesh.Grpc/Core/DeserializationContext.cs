using System.Buffers;

namespace Grpc.Core;

/// <summary>A received message. The sequence is valid only during the call of the deserializer: copy what must live longer.</summary>
public abstract class DeserializationContext
{
    public abstract int PayloadLength { get; }

    public abstract byte[] PayloadAsNewBuffer();

    public abstract ReadOnlySequence<byte> PayloadAsReadOnlySequence();
}
