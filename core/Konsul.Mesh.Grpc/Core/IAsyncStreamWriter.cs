namespace Grpc.Core;

/// <summary>
/// Messages to the peer. One write at a time; a write ends when the transport has taken the message, so a slow peer slows the writer.
/// </summary>
public interface IAsyncStreamWriter<in T>
{
    WriteOptions? WriteOptions { get; set; }

    Task WriteAsync(T message);

    Task WriteAsync(T message, CancellationToken cancellationToken);
}
