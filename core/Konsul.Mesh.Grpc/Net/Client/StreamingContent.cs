using System.Net;

namespace Grpc.Net.Client;

/// <summary>Hands the request stream to the writer of the call and keeps it open until the writer is done.</summary>
internal sealed class StreamingContent : RequestContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Stream> Stream => _stream.Task;

    public bool IsComplete => _complete.Task.IsCompleted;

    /// <summary>Ends the requests. False: they were ended before.</summary>
    public bool TryComplete() => _complete.TrySetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The headers must go out now: a server may answer before the first request.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (!_stream.TrySetResult(stream))
            throw new IOException("A stream of requests cannot be sent twice.");
        await _complete.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
