using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Grpc.Core;

namespace Grpc.Protocol;

/// <summary>Unpacks a compressed message and stops at the size limit, however well the sender has packed.</summary>
internal static class GzipPayload
{
    private const int Step = 16 * 1024;

    public static ReadOnlySequence<byte> Decompress(ReadOnlySequence<byte> compressed, int maxSize)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            using var source = PipeReader.Create(compressed).AsStream();
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            int read;
            while ((read = gzip.Read(output.GetSpan(Step))) > 0)
            {
                output.Advance(read);
                if (output.WrittenCount > maxSize)
                    throw new RpcException(new Status(StatusCode.ResourceExhausted, MessageReader.TooLarge));
            }
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, "Error while decompressing the message.", e));
        }

        return new ReadOnlySequence<byte>(output.WrittenMemory);
    }
}
