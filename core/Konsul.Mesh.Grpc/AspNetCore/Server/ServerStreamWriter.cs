using Grpc.Core;

namespace Grpc.AspNetCore.Server;

internal sealed class ServerStreamWriter<T>(ServerCall call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var flags = (WriteOptions ?? call.WriteOptions)?.Flags ?? WriteFlags.None;
        return call.WriteAsync(message, marshaller, flush: !flags.HasFlag(WriteFlags.BufferHint), cancellationToken);
    }
}
