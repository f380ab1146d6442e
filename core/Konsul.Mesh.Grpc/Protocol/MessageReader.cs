using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Core;

namespace Grpc.Protocol;

/// <summary>
/// Reads length-prefixed messages and deserializes them straight from the pipe's buffers. A length over the limit is refused before
/// anything of it is buffered, so at most one message of the largest allowed size is held. Protocol faults are <see cref="RpcException"/>s.
/// </summary>
internal sealed class MessageReader(PipeReader pipe, int? maxSize, string? encoding)
{
    public const string TooLarge = "Received message exceeds the maximum configured message size.";

    private readonly PayloadContext _context = new();

    /// <summary>The next message; not found once the peer has ended its side at a message boundary.</summary>
    public async ValueTask<(bool Found, T? Message)> ReadAsync<T>(Marshaller<T> marshaller, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (result.IsCanceled)
                throw new OperationCanceledException(cancellationToken);

            var buffer = result.Buffer;
            var consumed = buffer.Start;
            var examined = buffer.End;
            try
            {
                if (TryTakeFrame(buffer, out var compressed, out var payload))
                {
                    consumed = examined = payload.End;
                    return (true, Deserialize(marshaller, compressed, payload));
                }

                if (result.IsCompleted)
                {
                    return buffer.IsEmpty
                        ? (false, default)
                        : throw Fault(StatusCode.Internal, "Incomplete message.");
                }
            }
            finally
            {
                pipe.AdvanceTo(consumed, examined);
            }
        }
    }

    /// <summary>The one message of a side that must send exactly one.</summary>
    public async ValueTask<T> ReadSingleAsync<T>(Marshaller<T> marshaller, CancellationToken cancellationToken)
    {
        var (found, message) = await ReadAsync(marshaller, cancellationToken).ConfigureAwait(false);
        if (!found)
            throw Fault(StatusCode.Internal, "Incomplete message.");

        await ReadEndAsync(cancellationToken).ConfigureAwait(false);
        return message!;
    }

    /// <summary>Reads on to the end of the peer's side, where nothing may follow.</summary>
    public async ValueTask ReadEndAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            var empty = result.Buffer.IsEmpty;
            pipe.AdvanceTo(result.Buffer.End);
            if (!empty)
                throw Fault(StatusCode.Internal, "Additional data after the message received.");
            if (result.IsCompleted)
                return;
        }
    }

    private bool TryTakeFrame(ReadOnlySequence<byte> buffer, out bool compressed, out ReadOnlySequence<byte> payload)
    {
        compressed = false;
        payload = default;
        if (buffer.Length < GrpcProtocol.FrameHeaderLength)
            return false;

        Span<byte> header = stackalloc byte[GrpcProtocol.FrameHeaderLength];
        buffer.Slice(0, GrpcProtocol.FrameHeaderLength).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (header[0] > 1)
            throw Fault(StatusCode.Internal, "Unexpected compressed flag value in message header.");
        if (length > (uint)(maxSize ?? int.MaxValue))
            throw Fault(StatusCode.ResourceExhausted, TooLarge);
        if (buffer.Length - GrpcProtocol.FrameHeaderLength < length)
            return false;

        compressed = header[0] == 1;
        payload = buffer.Slice(GrpcProtocol.FrameHeaderLength, length);
        return true;
    }

    private T Deserialize<T>(Marshaller<T> marshaller, bool compressed, ReadOnlySequence<byte> payload)
    {
        if (compressed)
        {
            payload = encoding == GrpcProtocol.Gzip
                ? GzipPayload.Decompress(payload, maxSize ?? Array.MaxLength)
                : throw Fault(StatusCode.Internal, "Request or response message is compressed but no grpc-encoding names how.");
        }

        try
        {
            _context.Payload = payload;
            return marshaller.ContextualDeserializer(_context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, "Error while deserializing the message.", e));
        }
        finally
        {
            _context.Payload = default;
        }
    }

    private static RpcException Fault(StatusCode code, string detail) => new(new Status(code, detail));
}
