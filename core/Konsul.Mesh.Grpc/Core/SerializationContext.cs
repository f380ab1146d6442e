using System.Buffers;

namespace Grpc.Core;

/// <summary>
/// Where a marshaller puts a message: either <see cref="Complete(byte[])"/> alone, or (optionally) the length, then the buffer writer, then
/// <see cref="Complete()"/>. Valid only during the call of the serializer.
/// </summary>
public abstract class SerializationContext
{
    public abstract void Complete(byte[] payload);

    public abstract IBufferWriter<byte> GetBufferWriter();

    /// <summary>Exact length of what will be written; said first, it saves a copy.</summary>
    public abstract void SetPayloadLength(int payloadLength);

    public abstract void Complete();
}
