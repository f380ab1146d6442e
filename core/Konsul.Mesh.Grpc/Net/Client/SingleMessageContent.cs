using System.Net;

namespace Grpc.Net.Client;

/// <summary>One framed message; may be sent again if the handler retries on another connection.</summary>
internal sealed class SingleMessageContent(ReadOnlyMemory<byte> frame) : RequestContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(frame, cancellationToken).AsTask();

    protected override bool TryComputeLength(out long length)
    {
        length = frame.Length;
        return true;
    }
}
