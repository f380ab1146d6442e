using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Grpc.Protocol;

/// <summary>
/// Frames messages into a buffer. A serializer that says its length first (generated code does) writes straight into the buffer; one that
/// does not is collected apart, because the length stands before the payload.
/// </summary>
internal sealed class MessageWriter(IBufferWriter<byte> output, int? maxSize) : SerializationContext, IBufferWriter<byte>
{
    private ArrayBufferWriter<byte>? _unsized;
    private int _declared = -1;
    private int _written;
    private bool _complete;

    /// <summary>A serializer failed after its frame was begun: the buffer holds a part of a message that nothing can take back.</summary>
    public bool IsBroken { get; private set; }

    public void Write<T>(Marshaller<T> marshaller, T message)
    {
        _unsized = null;
        _declared = -1;
        _written = 0;
        _complete = false;
        try
        {
            marshaller.ContextualSerializer(message, this);
            if (!_complete)
                throw new InvalidOperationException("The serializer did not complete its message.");
        }
        catch (Exception e)
        {
            IsBroken = _declared >= 0;
            if (e is RpcException)
                throw;
            throw new RpcException(new Status(StatusCode.Internal, "Error while serializing the message.", e));
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        if (_declared >= 0 || _unsized is not null || _complete)
            throw new InvalidOperationException("The length of a message is set once, before its payload.");
        WriteHeader(payloadLength);
        _declared = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_complete)
            throw new InvalidOperationException("The message is complete.");
        return _declared >= 0 ? this : _unsized ??= new ArrayBufferWriter<byte>();
    }

    public override void Complete()
    {
        if (_complete)
            throw new InvalidOperationException("The message is complete.");
        if (_declared < 0)
            WriteWhole(_unsized is null ? default : _unsized.WrittenSpan);
        else if (_written != _declared)
            throw new InvalidOperationException($"The serializer declared {_declared} bytes and wrote {_written}.");
        _complete = true;
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (_complete || _declared >= 0 || _unsized is not null)
            throw new InvalidOperationException("The message is already begun.");
        WriteWhole(payload);
        _complete = true;
    }

    public void Advance(int count)
    {
        output.Advance(count);
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);

    private void WriteWhole(ReadOnlySpan<byte> payload)
    {
        WriteHeader(payload.Length);
        output.Write(payload);
    }

    private void WriteHeader(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > (maxSize ?? int.MaxValue))
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted,
                "Sending message exceeds the maximum configured message size."));
        }

        var header = output.GetSpan(GrpcProtocol.FrameHeaderLength);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        output.Advance(GrpcProtocol.FrameHeaderLength);
    }
}
