using System.Buffers;
using Grpc.Core;
using Grpc.Protocol;

namespace Grpc.Net.Client;

internal sealed class ClientStreamWriter<TRequest, TResponse>(
    ClientCall<TRequest, TResponse> call,
    StreamingContent content,
    Marshaller<TRequest> marshaller,
    int? maxSize) : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    /// <summary>A buffer that a large message has grown beyond this is let go after it.</summary>
    private const int MaxKeptBuffer = 64 * 1024;

    private ArrayBufferWriter<byte> _buffer = new();
    private int _busy;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    /// <summary>Cancelling it cancels the call: part of the message may be on its way.</summary>
    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Interlocked.Exchange(ref _busy, 1) == 1)
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        try
        {
            if (content.IsComplete)
                throw new InvalidOperationException("Request stream has already been completed.");
            call.ThrowIfEnded();
            await SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    public Task CompleteAsync()
    {
        if (Volatile.Read(ref _busy) == 1)
            throw new InvalidOperationException("Can't complete the client stream writer because the previous write is in progress.");
        content.TryComplete();
        return Task.CompletedTask;
    }

    private async Task SendAsync(TRequest message, CancellationToken cancellationToken)
    {
        _buffer.ResetWrittenCount();
        new MessageWriter(_buffer, maxSize).Write(marshaller, message);
        using var registration = call.CancelWith(cancellationToken);
        try
        {
            var stream = await content.Stream.WaitAsync(call.Ended).ConfigureAwait(false);
            await stream.WriteAsync(_buffer.WrittenMemory, call.Ended).ConfigureAwait(false);
            if ((WriteOptions ?? call.WriteOptions)?.Flags.HasFlag(WriteFlags.BufferHint) != true)
                await stream.FlushAsync(call.Ended).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw await call.WriteFailedAsync(e).ConfigureAwait(false);
        }

        if (_buffer.Capacity > MaxKeptBuffer)
            _buffer = new ArrayBufferWriter<byte>();
    }
}
